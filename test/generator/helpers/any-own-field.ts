import fc from 'fast-check';

import { KINDS } from '../../../generator/model/kinds.ts';
import type { CanonicalField } from '../../../generator/model/kinds.ts';
import { RECORDS } from '../../../generator/model/records.ts';
import { anyMapping } from './any-field.ts';
import type { Tree } from './any-field.ts';
import { title, word } from './any-text.ts';

const optional = { required: false } as const;
const PLAIN: Readonly<Record<string, CanonicalField>> = {
  text: { type: 'text', ...optional },
  integer: { type: 'decimal', measure: 'count', ...optional },
  decimal: { type: 'decimal', measure: 'count', ...optional },
  boolean: { type: 'enum', values: ['true', 'false'], ...optional },
  date: { type: 'date', ...optional },
  datetime: { type: 'datetime', ...optional },
};
const reading = { scope: 'record', zero: 'ignore' } as const;
const head = { title, help: title };

const plain = fc
  .constantFrom(...Object.entries(PLAIN))
  .chain(([type, canonical]) =>
    fc
      .tuple(
        fc.record(head, { requiredKeys: ['title'], noNullPrototype: true }),
        anyMapping(canonical, reading),
      )
      .map(([said, mapping]): Tree => ({ ...mapping, field: { type, ...said } })),
  );

const selection = fc
  .dictionary(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), title, {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  })
  .filter((values) => !Object.hasOwn(values, 'constructor') && !Object.hasOwn(values, 'prototype'))
  .chain((values) =>
    fc
      .tuple(title, anyMapping({ type: 'enum', values: Object.keys(values), ...optional }, reading))
      .map(([said, mapping]): Tree => ({ ...mapping, field: { type: 'selection', title: said, values } })),
  );

/** Fields that the spec adds to the Odoo record of a kind, where it has one that people open. */
export function anyOwnFields(kind: string): fc.Arbitrary<Tree> {
  if (typeof RECORDS[kind]?.form !== 'string') return fc.constant({});
  const name = word.filter((text) => !Object.hasOwn(KINDS[kind]?.fields ?? {}, text));
  return fc.dictionary(name, fc.oneof(plain, selection), { maxKeys: 3, noNullPrototype: true });
}

/** What people read of these fields. */
export function ownTitles(flow: Tree): unknown[] {
  const added = Object.values(flow.fields as Tree).flatMap((mapping) => (mapping as Tree).field ?? []);
  return (added as Tree[]).flatMap(({ title: said, help, values }) => [
    said,
    ...(help === undefined ? [] : [help]),
    ...Object.values((values ?? {}) as Tree),
  ]);
}
