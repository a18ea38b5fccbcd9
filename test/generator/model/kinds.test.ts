import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { KINDS } from '../../../generator/model/kinds.ts';

const FIXTURE = 'odoo_addon/millwright/tests/fixtures/contract/kinds.json';

interface Documented {
  readonly roles: readonly string[];
  readonly fields: Readonly<
    Record<string, { type: string; required?: boolean; values?: string[]; ref?: string }>
  >;
}

describe('the registry of kinds', () => {
  it('equals the one of the runtime', () => {
    const fixture = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Record<string, Documented>;
    const plain = ([name, { type, required = false, values = [], ref }]: [
      string,
      Documented['fields'][string],
    ]) => [name, { type, required, values, ref }] as const;
    const shape = (kinds: Readonly<Record<string, Documented>>) =>
      Object.fromEntries(
        Object.entries(kinds).map(([kind, { roles, fields }]) => [
          kind,
          { roles, fields: Object.fromEntries(Object.entries(fields).map(plain)) },
        ]),
      );
    expect(shape(KINDS as unknown as Record<string, Documented>)).to.deep.equal(shape(fixture));
  });
});
