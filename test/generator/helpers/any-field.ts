import fc from 'fast-check';

import { KINDS, OF_AMOUNTS } from '../../../generator/model/kinds.ts';
import type { CanonicalField, FieldType } from '../../../generator/model/kinds.ts';
import { anyText, path, source } from './any-text.ts';

export type Tree = { [key: string]: unknown };
type Mapping = fc.Arbitrary<Tree>;

/** Where the values of a mapping stand, and what its input needs of a quantity that is 0. */
export interface Reading {
  readonly scope: string;
  readonly zero: 'ignore' | 'set';
}

const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+8');
const format = fc.constantFrom(
  'iso',
  'date',
  'epoch_s',
  'epoch_ms',
  'odata',
  'dd.MM.yyyy HH:mm',
  'M/d/yy h:mm a',
);
const filters = fc.uniqueArray(fc.constantFrom('trim', 'upper', 'lower', 'strip_zeros'), { minLength: 1 });
const clock = fc.constantFrom('clock', 'digits', 'iso8601');

function some(model: Record<string, fc.Arbitrary<unknown>>, ...requiredKeys: string[]): Mapping {
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}

/** What happens when nothing is there; a field that a record needs is never cleared. */
function gaps(field: CanonicalField): Record<string, fc.Arbitrary<unknown>> {
  const policy = fc.constantFrom('keep', 'hold', ...(field.required ? [] : ['clear']));
  return { absent: policy, null: policy, ...(field.required ? { required: fc.constant(true) } : {}) };
}

/** A table from what the product writes to what the field takes. */
function table(keys: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<Tree> {
  return fc
    .uniqueArray(fc.tuple(keys, values), { minLength: 1, maxLength: 4, selector: ([key]) => key })
    .map((list) => Object.fromEntries(list))
    .filter((map) => !['__proto__', 'constructor', 'prototype'].some((key) => Object.hasOwn(map, key)))
    .filter((map) => Object.keys(map).length > 0);
}

const BY_TYPE: Readonly<Record<FieldType, (field: CanonicalField, reading: Reading) => Mapping>> = {
  text: (field, { scope }) => {
    const empty = fc.constantFrom('keep', 'hold', 'set', ...(field.required ? [] : ['clear']));
    const two = fc.uniqueArray(path(scope), { minLength: 2, maxLength: 3 });
    const between = anyText(8).map((text) => text.replaceAll(/[{}]/g, '/'));
    const listed = fc.constant({ in: 'fetched.list', match: 'id', take: 'name' });
    return fc.oneof(
      some({ from: source(scope), empty, clean: filters, ...gaps(field) }, 'from'),
      some({ from: path(scope), look_up: listed }, 'from', 'look_up'),
      some({ from: two, join: between }, 'from', 'join'),
      some(
        { from: path(scope), absent: fc.constant('default'), default: anyText() },
        'from',
        'absent',
        'default',
      ),
      some({ value: anyText() }, 'value'),
    );
  },
  date: (field, { scope }) => some({ from: source(scope), time_zone: zone, format, ...gaps(field) }, 'from'),
  datetime: (field, { scope }) =>
    some(
      {
        ...{ from: source(scope), time_zone: zone, format, ...gaps(field) },
        time: some({ from: path(scope), format: clock }, 'from'),
      },
      'from',
    ),
  decimal: (field, reading) => decimal(field, reading),
  quantity: (field, { scope, zero }) => {
    const words = fc.uniqueArray(anyText(10), { minLength: 2, maxLength: 4 });
    const by = fc
      .tuple(path(scope), words)
      .map(([from, list]) => ({ by: from, out: list.slice(0, 1), in: list.slice(1) }));
    const sign = fc.oneof(fc.constantFrom('positive_is_out', 'negative_is_out'), by);
    const level = fc.tuple(path(scope), path(scope)).map(([from, to]) => ({ from, to }));
    const zeros = fc.constantFrom(zero, 'hold');
    return fc.oneof(
      some({ from: source(scope), sign, zero: zeros, ...gaps(field) }, 'from'),
      some({ level, zero: zeros }, 'level'),
    );
  },
  enum: (field, { scope }) => {
    const value = fc.constantFrom(...(field.values ?? ['']));
    const map = table(anyText(20), value);
    const other = fc.oneof(fc.constant('hold'), value);
    const from = source(scope);
    return fc.oneof(
      some({ from, map, else: other, clean: filters, ...gaps(field) }, 'from', 'map'),
      some({ from, map: table(fc.stringMatching(/^[a-z]{1,6}$/), value), fold: fc.boolean() }, 'from', 'map'),
      some(
        { from, map: table(fc.stringMatching(/^[A-Z]{1,6}$/), value), tokens: fc.boolean() },
        'from',
        'map',
      ),
      some({ from, present: value, otherwise: value }, 'from', 'present', 'otherwise'),
      some({ value }, 'value'),
    );
  },
  ref: (field, { scope }) => {
    const by = field.by ?? 'external_id';
    const missing = fc.constantFrom(
      ...['hold', ...(by === 'name' ? ['create', 'default'] : []), ...(field.required ? [] : ['skip'])],
    );
    return some(
      { from: source(scope), by: fc.constant(by), missing, clean: filters, ...gaps(field) },
      'from',
    );
  },
  unit: (field, { scope }) => {
    const aliases = table(anyText(12), anyText(12));
    return fc.oneof(
      some({ assume: fc.constant('product') }, 'assume'),
      some(
        { from: source(scope), aliases, else: fc.constantFrom('hold', 'as_is'), ...gaps(field) },
        'from',
        'aliases',
      ),
      some({ from: source(scope), ...gaps(field) }, 'from'),
    );
  },
};

function decimal(field: CanonicalField, { scope }: Reading): Mapping {
  const written = fc.constantFrom(
    { decimal: ',', group: '.' },
    { factor: '0.01' },
    { group: "'" },
    { exponent: true },
  );
  const zero = fc.constantFrom('set', 'keep', 'hold');
  const plain = { from: source(scope), number: written, zero, ...gaps(field) };
  const sum = fc.uniqueArray(path(scope), { minLength: 1, maxLength: 3 });
  const added = some({ sum, zero }, 'sum');
  if (field.measure === 'hours') {
    const unit = fc.constantFrom('hours', 'minutes', 'seconds', 'clock', 'iso8601');
    const moments = some(
      {
        start: path(scope),
        end: path(scope),
        open: fc.constantFrom('keep', 'hold'),
        format,
        time_zone: zone,
      },
      'start',
      'end',
    );
    return fc.oneof(
      some({ from: source(scope), unit, ...gaps(field) }, 'from'),
      some({ between: moments }, 'between'),
    );
  }
  if (field.measure !== 'money') return fc.oneof(some(plain, 'from'), added);
  const other = fc.tuple(path(scope), anyText(5)).map(([from, only]) => ({ from, only }));
  return some({ ...plain, currency: fc.oneof(fc.constant('company'), other) }, 'from');
}

export function anyMapping(field: CanonicalField, reading: Reading): Mapping {
  return BY_TYPE[field.type](field, reading);
}

/** Mappings of all that a kind needs and of some that it may have; an amount always has currency and tax. */
export function anyFields(kind: string, reading: (field: string) => Reading): fc.Arbitrary<Tree> {
  const fields = KINDS[kind]?.fields ?? {};
  const names = Object.keys(fields);
  const optional = names.filter((name) => fields[name]?.required !== true);
  return fc.subarray(optional).chain((chosen) => {
    const wanted = new Set([...names.filter((name) => fields[name]?.required === true), ...chosen]);
    if ([...wanted].some((name) => fields[name]?.measure === 'amount'))
      for (const name of OF_AMOUNTS) if (names.includes(name)) wanted.add(name);
    const model = [...wanted].flatMap((name) => {
      const field = fields[name];
      return field === undefined ? [] : [[name, anyMapping(field, reading(name))] as const];
    });
    return fc.record(Object.fromEntries(model), { noNullPrototype: true });
  });
}
