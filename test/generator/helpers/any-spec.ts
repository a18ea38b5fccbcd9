import fc from 'fast-check';

import { KINDS } from '../../../generator/model/kinds.ts';
import { anyFields } from './any-field.ts';
import type { Tree } from './any-field.ts';
import { anyOwnFields, ownTitles } from './any-own-field.ts';
import { anySource } from './any-source.ts';
import { anyText, path, source, title, word } from './any-text.ts';

/** One way a kind is fed: its roles, and where the values of its lines stand. */
type Shape = 'records' | 'movement' | 'lines' | 'snapshot';

const budget = fc
  .tuple(fc.integer({ min: 1, max: 90 }), fc.constantFrom('s', 'm', 'h'))
  .map(([n, unit]) => `${n}${unit}`);
const literal = fc.oneof(anyText(20), fc.integer({ min: -9, max: 9_007_199_254_740_991 }), fc.boolean());
const value = fc.oneof(
  literal.map((equals) => ({ equals })),
  fc.array(literal, { minLength: 1, maxLength: 3 }).map((list) => ({ in: list })),
  fc.array(literal, { minLength: 1, maxLength: 3 }).map((list) => ({ not_in: list })),
  anyText(9).map((contains) => ({ contains })),
  fc.boolean().map((present) => ({ present })),
  fc.integer().map((above) => ({ above })),
);
const condition = (scope: string): fc.Arbitrary<Tree> =>
  fc.tuple(path(scope), value).map(([at, test]) => ({ path: at, ...test }));
const conditions = (scope: string): fc.Arbitrary<Tree[]> =>
  // of one path two might never hold together
  fc.uniqueArray(condition(scope), { minLength: 1, maxLength: 2, selector: ({ path: at }) => at });

const columns = fc.dictionary(
  word,
  fc.oneof(
    fc.record({
      from: source('record'),
      type: fc.constantFrom('text', 'integer', 'decimal', 'boolean'),
      title,
    }),
    fc.record({
      from: source('record'),
      type: fc.constantFrom('date', 'datetime'),
      time_zone: fc.constant('Asia/Tokyo'),
      title,
    }),
  ),
  { maxKeys: 5, noNullPrototype: true },
);

const plant = fc.oneof(
  fc.constant([{ only: true }]),
  source('event').map((from) => [{ cross_reference: 'plant', from }, { only: true }]),
  source('event').map((work_order) => [{ work_order }]),
);

function shapesOf(kind: string): Shape[] {
  const { roles = [] } = KINDS[kind] ?? {};
  if (kind === 'downtime') return ['records', 'movement'];
  if (roles.includes('apply')) return ['records'];
  return roles.includes('converge') ? ['movement', 'lines', 'snapshot'] : ['movement', 'lines'];
}

interface Named {
  readonly name: string;
  readonly kind: string;
  readonly shape: Shape;
}

const lines = fc.oneof(
  path('record'),
  fc
    .tuple(path('record'), conditions('line'), path('line'))
    .map(([at, where, sum]) => ({ path: at, where, net: { by: 'line.number', sum } })),
  fc.tuple(path('record'), path('record')).map(([one, two]) => ({ zip: { part: one, used: two } })),
  fc.tuple(path('record'), path('item')).map(([at, inner]) => ({ path: at, then: { path: inner } })),
);

const WHEN = { version: 'event.at', occurred_at: { from: 'event.at', time_zone: 'UTC' } };

function inputsOf({ name, shape }: Named): fc.Arbitrary<Tree> {
  const on = [`${name}.saved`];
  const common = { on, record: 'event.it', ...WHEN };
  const optional = (model: Record<string, fc.Arbitrary<unknown>>, rest: Tree): fc.Arbitrary<Tree> =>
    fc.record(model, { requiredKeys: [], noNullPrototype: true }).map((chosen) => ({ ...rest, ...chosen }));
  const when = { when: conditions('record'), otherwise: fc.constantFrom('ignore', 'hold') };
  if (shape === 'records') {
    const saved = optional(
      { ...when, archive_when: conditions('record'), merge: fc.boolean() },
      { ...common, role: 'apply', key: 'event.id' },
    );
    const gone = { role: 'delete', on: [`${name}.gone`], record: 'event.it', key: 'event.id', ...WHEN };
    return saved.map((apply) => ({ saved: apply, gone }));
  }
  if (shape === 'movement') return optional(when, { ...common, role: 'post' }).map((post) => ({ post }));
  return fc.tuple(lines, fc.constantFrom('zero', 'keep')).map(([list, unlisted]) => ({
    all:
      shape === 'snapshot'
        ? { ...common, role: 'converge', lines: list, unlisted }
        : { ...common, role: 'post', lines: list, line_key: 'line.id' },
  }));
}

function flowOf(named: Named): fc.Arbitrary<Tree> {
  const { kind, shape } = named;
  const { lineFields = [], fields = {} } = KINDS[kind] ?? {};
  const inLines = shape === 'lines' || shape === 'snapshot';
  const reading = (field: string) => ({
    scope: inLines && lineFields.includes(field) ? 'line' : 'record',
    zero: shape === 'snapshot' ? ('set' as const) : ('ignore' as const),
  });
  const ofRecords = {
    system_of_record: fc.constantFrom('cmms', 'odoo'),
    on_conflict: fc.constant('review'),
    delete: fc.constantFrom(
      'archive',
      'ignore',
      'hold',
      ...(fields.status?.values?.includes('cancelled') ? ['cancel'] : []),
    ),
  };
  const ofPostings = { shortage: fc.constantFrom('post', 'hold') };
  return fc
    .tuple(
      fc.record(
        {
          title,
          lane: fc.constantFrom('critical', 'standard', 'batch'),
          delay_budget: budget,
          plant,
          columns,
          ...(shape === 'records' ? ofRecords : kind === 'downtime' ? {} : ofPostings),
        },
        { requiredKeys: ['title', 'lane', 'delay_budget', 'plant'], noNullPrototype: true },
      ),
      inputsOf(named),
      anyFields(kind, reading),
      anyOwnFields(kind),
    )
    .map(([head, inputs, mapped, own]) => {
      return { ...head, kind, inputs, fields: { ...own, ...mapped }, ...matchOf(shape, mapped) };
    });
}

/** Records are found by a text that they have anyway. */
function matchOf(shape: Shape, mapped: Tree): Tree {
  const name = ['serial_no', 'code', 'name'].find((field) => Object.hasOwn(mapped, field));
  return shape !== 'records' || name === undefined
    ? {}
    : { match: [[name], [name, 'plant']], empty_match_key: 'hold' };
}

const flowNames = fc
  .uniqueArray(fc.tuple(word, fc.constantFrom(...Object.keys(KINDS))), {
    minLength: 1,
    maxLength: 4,
    selector: ([name]) => name.replaceAll('_', '').toLowerCase(),
  })
  // what is added up reaches us one way: one flow of such a kind
  .map((list) =>
    list.filter(
      ([, kind], at) =>
        shapesOf(kind)[0] === 'records' || list.findIndex(([, other]) => other === kind) === at,
    ),
  )
  .chain((list) =>
    fc.tuple(
      ...list.map(([name, kind]) =>
        fc.constantFrom(...shapesOf(kind)).map((shape): Named => ({ name, kind, shape })),
      ),
    ),
  );

const FETCH = [{ as: 'list', get: '/things/{event.id}', missing: 'skip' }];

function eventsOf(flows: readonly Named[]): Tree {
  const event = {
    subject: 'thing/{event.id}',
    time: 'event.at',
    identity: ['event.id', 'event.at'],
    required: { 'event.id': 'text', 'event.at': 'datetime' },
  };
  return Object.fromEntries(
    flows.flatMap(({ name, shape }) => [
      [`${name}.saved`, { ...event, fetch: FETCH }],
      ...(shape === 'records' ? [[`${name}.gone`, { ...event, fetch: FETCH }]] : []),
    ]),
  ) as Tree;
}

/** What no key of a spec may be called, so that titles of that name cannot be translated. */
const NO_KEYS = ['__proto__', 'constructor', 'prototype'];

/** Each title in German, whatever its letters are. */
function translated(flows: readonly Tree[]): fc.Arbitrary<Tree> {
  const titles = flows.flatMap((flow) => [
    flow.title,
    ...Object.values((flow.columns ?? {}) as Tree).map((column) => (column as Tree).title),
    ...ownTitles(flow),
  ]);
  const texts = [...new Set(titles as string[])];
  if (texts.some((text) => NO_KEYS.includes(text))) return fc.constant({});
  return fc.array(title, { minLength: texts.length, maxLength: texts.length }).map((list) => ({
    translations: { de: Object.fromEntries(texts.map((text, index) => [text, list[index]])) },
  }));
}

function whole(flows: readonly Named[]): fc.Arbitrary<Tree> {
  const events = eventsOf(flows);
  return fc
    .tuple(
      word,
      title,
      anySource(Object.keys(events)),
      fc.tuple(...flows.map(flowOf)),
      fc.boolean(),
      fc.boolean(),
    )
    .chain(([code, name, sourceOf, trees, german, personal]) =>
      (german ? translated(trees) : fc.constant({})).map((more) => ({
        millwright: 1,
        connector: { code, title: name, version: '1.0.0', odoo: '19.0' },
        source: { ...sourceOf, events },
        ...(personal
          ? { personal: { technician: 'event.who.email', contact: ['event.caller', 'event.owner'] } }
          : {}),
        ...more,
        flows: Object.fromEntries(flows.map(({ name: flow }, index) => [flow, trees[index]])),
      })),
    );
}

/** A spec that is sound, of any kinds, with any features, whatever its names and texts are. */
export const anySpec: fc.Arbitrary<Tree> = flowNames.chain(whole);
