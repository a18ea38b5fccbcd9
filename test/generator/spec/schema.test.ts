import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';

interface Node {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly $defs?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
}

/** Places below a node of the schema that editors would show without a word. */
function silent(node: Node, place: string): string[] {
  const below = [
    ...Object.entries({ ...node.properties, ...node.$defs }),
    ['[]', node.items] as const,
    ['*', node.additionalProperties] as const,
  ].flatMap(([name, child]) => (typeof child === 'object' ? silent(child, `${place}.${name}`) : []));
  return node.description === undefined && node.$ref === undefined ? [place, ...below] : below;
}

describe('the schema of the spec', () => {
  const schema = JSON.parse(readFileSync('generator/spec/schema.json', 'utf8')) as Node;

  it('is a schema itself, by the official one: the generator takes that for granted', () => {
    const official = new Ajv2020();
    expect(official.validateSchema(schema), official.errorsText()).to.equal(true);
    expect(official.validateSchema({ ...schema, properties: 1 })).to.equal(false);
  });

  it('describes every key, for editors and messages', () => {
    expect(silent(schema, 'spec')).to.deep.equal([]);
  });

  it('gives an example of every key of flows', () => {
    const parts = ['condition', 'plantStep', 'flow', 'input', 'lines', 'field', 'column'];
    const bare = parts.flatMap((part) =>
      Object.entries(schema.$defs?.[part]?.properties ?? {})
        .filter(([, node]) => node.examples === undefined && node.$ref === undefined)
        .map(([name]) => `${part}.${name}`),
    );
    expect(bare).to.deep.equal([]);
  });

  it('takes no key it does not know, but where names are free', () => {
    const open = Object.entries({ spec: schema, ...schema.$defs }).filter(
      ([, node]) => node.additionalProperties !== false,
    );
    expect(open.map(([name]) => name)).to.deep.equal([]);
  });
});
