import fc from 'fast-check';
import { stringify } from 'yaml';

import { maskSecrets } from '../../../generator/index.ts';

type Tree = { [key: string]: unknown };

/** Texts that mean something to one of the languages that a spec is written into. */
const HOSTILE = [
  ...[
    '"',
    "'",
    '\\',
    '{{ 7 * 7 }}',
    '{% for a in b %}',
    '${x}',
    '`id`',
    '$(id)',
    '"""',
    "'''",
    '#',
    '<!--',
    '-->',
    ']]>',
  ],
  ...[
    '&amp;',
    '<field name="x"/>',
    '=1+1',
    '@x',
    '-1',
    '+1',
    ', ',
    '%s',
    '%(x)s',
    '| a |',
    '[a](b)',
    '\u00df\u4e2d\ud83d\ude00',
    '* x',
    ': x',
    '- x',
  ],
  ...['null', 'true', '~', '0x10', '1e3', 'constructor', '__proto__', 'None', '(a+)+$'],
];

export const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/).map((text) => `q${text}`);
/** No word of its own stands in a step: a name that looks like a person's would have to be tagged. */
const step = fc.oneof(
  word,
  fc.stringMatching(/^[a-z0-9]{0,9}$/).map((text) => `k${text}`),
);
export const title = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme', maxLength: 8 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => Array.from(parts.join('')).slice(0, 30).join(''))
  .filter(
    (text) =>
      /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd\ufffe\uffff]+$/.test(text) && text.isWellFormed(),
  )
  .filter((text) => maskSecrets(text) === text);
const path = (scope: string): fc.Arbitrary<string> =>
  fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => [scope, ...steps].join('.'));
const from = (scope: string): fc.Arbitrary<unknown> =>
  fc.oneof(path(scope), fc.uniqueArray(path(scope), { minLength: 1, maxLength: 3 }));
const policy = fc.constantFrom('keep', 'clear', 'hold');
const columns = fc.dictionary(
  word,
  fc.record({ from: from('record'), type: fc.constantFrom('text', 'integer', 'decimal', 'boolean'), title }),
  { maxKeys: 4, noNullPrototype: true },
);

const text = fc.record({ from: from('record'), absent: policy, null: policy }, { requiredKeys: ['from'] });
const FIELDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  serial_no: text,
  model: fc.oneof(text, fc.record({ value: title })),
  note: text,
  location: text,
};

const flow = fc.record(
  {
    title,
    kind: fc.constant('equipment'),
    lane: fc.constantFrom('critical', 'standard', 'batch'),
    delay_budget: fc.integer({ min: 1, max: 90 }).map((number) => `${String(number)}m`),
    on_dead: fc.constantFrom('continue', 'block'),
    plant: fc.constant([{ only: true }]),
    inputs: fc.constant({}),
    fields: fc
      .record(FIELDS, { requiredKeys: [] })
      .chain((fields) => from('record').map((name) => ({ ...fields, name: { from: name } }))),
    columns,
  },
  { requiredKeys: ['title', 'kind', 'lane', 'delay_budget', 'plant', 'inputs', 'fields'] },
);

function assemble(code: string, name: string, flows: Record<string, Tree>): Tree {
  const names = Object.keys(flows);
  const events = Object.fromEntries(
    names.map((flowName) => [
      `${flowName}.saved`,
      {
        subject: `equipment/{event.id}`,
        time: 'event.at',
        identity: ['event.id'],
        required: { 'event.id': 'text' },
      },
    ]),
  );
  const input = (flowName: string): Tree => ({
    ...{ role: 'apply', on: [`${flowName}.saved`], record: 'event.it', key: 'event.id' },
    ...{ version: 'event.at', occurred_at: 'event.at' },
  });
  const hmac = { profile: 'hmac', algorithm: 'sha256', header: 'X-Sign', encoding: 'hex', signs: ['body'] };
  return {
    millwright: 1,
    connector: { code, title: name, version: '1.0.0', odoo: '19.0' },
    source: { verify: { ...hmac, timestamp: 'none' }, event_name: { header: 'X-Event' }, events },
    flows: Object.fromEntries(names.map((key) => [key, { ...flows[key], inputs: { saved: input(key) } }])),
  };
}

/** A spec that is sound, whatever its names and texts are. */
export const tree: fc.Arbitrary<Tree> = fc
  .tuple(word, title, fc.dictionary(word, flow, { minKeys: 1, maxKeys: 3, noNullPrototype: true }))
  .map(([code, name, flows]) => assemble(code, name, flows as Record<string, Tree>));

export function specText(spec: unknown): string {
  return stringify(spec, { version: '1.2', schema: 'core', lineWidth: 0, aliasDuplicateObjects: false });
}

/** Places of every value in a tree. */
export function placesOf(value: unknown, place: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([key, item]) => placesOf(item, [...place, key]))];
}

/** The tree with one place changed; `undefined` takes it out. */
export function withPlace(value: unknown, place: readonly string[], to: unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return to;
  if (Array.isArray(value))
    return (value as unknown[]).map((item, index) =>
      String(index) === key ? (withPlace(item, rest, to) ?? null) : item,
    );
  const entries = Object.entries(value as Tree).flatMap(([name, item]) => {
    if (name !== key) return [[name, item] as const];
    const changed = withPlace(item, rest, to);
    return changed === undefined ? [] : [[name, changed] as const];
  });
  return Object.fromEntries(entries);
}
