import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { REFERENCE, REMEDIES, specReference } from '../../../generator/index.ts';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly $defs?: Readonly<Record<string, Node>>;
}

/** Every name that stands under `properties` anywhere in a schema. */
function keysIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties = {} } = node as Node;
  const below = Object.entries(node).flatMap(([key, value]) => (key === 'examples' ? [] : keysIn(value)));
  return [...(Array.isArray(node) ? [] : Object.keys(properties)), ...below];
}

describe('the spec reference', () => {
  const page = readFileSync(REFERENCE, 'utf8');
  const row = (text: string): string => page.split('\n').find((line) => line.startsWith(text)) ?? '';

  it('is committed as the schema says', () => {
    expect(page).to.equal(specReference());
  });

  it('has an anchor and a remedy for every code', () => {
    for (const [code, remedy] of Object.entries(REMEDIES))
      expect(row(`| <a id="${code}"></a>`), code).to.include(remedy);
  });

  for (const file of ['schema', 'sample-schema'])
    it(`has a row for every key of ${file}.json`, () => {
      const keys = new Set(keysIn(JSON.parse(readFileSync(`generator/spec/${file}.json`, 'utf8'))));
      const rows = new Set(
        [...page.matchAll(/^\| `([^`]+)` \|/gm)].flatMap(([, place = '']) => place.split(/[.[\]]+/)),
      );
      expect(keys.size).to.be.above(5);
      expect([...keys].filter((key) => !rows.has(key))).to.deep.equal([]);
    });

  it('leads only to parts that it has', () => {
    const anchors = new Set(
      [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(links).not.to.deep.equal([]);
    expect(links.filter((anchor) => !anchors.has(anchor))).to.deep.equal([]);
  });

  it('keeps a table whole whatever stands in a cell', () => {
    const text = specReference(
      {
        description: 'A part.',
        required: ['mark'],
        properties: {
          mark: {
            description: 'Ends\nthe line | or cell.',
            type: 'string',
            pattern: '^(a|`b)$',
            examples: ['a|b'],
          },
          sizes: { description: 'Sizes.', type: 'array', items: { $ref: '#/$defs/size' } },
        },
        $defs: { size: { description: 'One size.', type: 'integer', minimum: 1, maximum: 9 } },
      },
      {},
      { 'some-code': 'do | this' },
    );
    expect(text).to.include(
      '| `mark` | **needed**, text, like `` ^(a\\|`b)$ `` | Ends the line \\| or cell. | `a\\|b` |',
    );
    expect(text).to.include('| `sizes` | a list of [size](#spec-size) | Sizes. |  |');
    expect(text).to.include('| `sizes[]` | [size](#spec-size) | One size. |  |');
    expect(text).to.include('| <a id="some-code"></a>`some-code` | do \\| this |');
  });
});
