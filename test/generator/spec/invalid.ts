import type { Code, OdooModels } from '../../../generator/index.ts';
import { BASE, edit, released } from '../helpers/specs.ts';
import { LANGUAGE } from './invalid-language.ts';
import { OF_OWN_FIELDS } from './invalid-own-fields.ts';
import { OF_SAMPLES } from './invalid-samples.ts';
import { OF_SOURCES } from './invalid-source.ts';
import { OF_WRITES } from './invalid-writes.ts';

export interface Row {
  readonly code: Code;
  readonly what: string;
  /** The spec; `§` stands right before the place that the problem has to name. */
  readonly text: string;
  readonly nearest?: string;
  /** The lock beside it. */
  readonly lock?: string;
  /** Samples beside it, by path; then `§` may stand in one of them. */
  readonly samples?: Readonly<Record<string, string>>;
  /** The Odoo that it is checked against; left out for Odoo as it comes. */
  readonly odoo?: OdooModels;
}

const row = (code: Code, what: string, from: string, to: string, nearest?: string): Row => ({
  code,
  what,
  text: edit(from, to),
  ...(nearest === undefined ? {} : { nearest }),
});

const deep = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
// put together here, so that this file itself holds nothing that looks like a credential
const SECRET = ['whsec', 'a3d19f0c5b7e4268'].join('_');
const HEX = 'a3d19f0c5b7e42688d1f'.repeat(2);

/** The base was released; now its version is raised, and something else is changed. */
const RELEASED = released(BASE);
const RAISED = edit('version: 1.0.0', 'version: 1.1.0');
const raised = (code: Code, what: string, from: string, to: string, nearest?: string): Row => ({
  ...{ code, what, text: edit(from, to, RAISED), lock: RELEASED },
  ...(nearest === undefined ? {} : { nearest }),
});

const TRANSLATED =
  'translations: { de: { Machines: Maschinen, Jobs: Arbeiten, Usage: Verbrauch, Level: Ebene } }\nflows:';

const OF_RELEASES: readonly Row[] = [
  row(
    'translation-missing',
    'a title without translation',
    '\nflows:',
    `\n${TRANSLATED.replace('de:', '§de:').replace(', Level: Ebene', '')}`,
  ),
  row(
    'translation-unknown',
    'a translation of nothing',
    '\nflows:',
    `\n${TRANSLATED.replace('Level:', 'Level: Ebene, §Levl:')}`,
    'Level',
  ),
  {
    ...row(
      'version-not-raised',
      'another contract under a released version',
      'lane: batch',
      'lane: critical',
    ),
    text: edit('version: 1.0.0', 'version: §1.0.0', edit('lane: batch', 'lane: critical')),
    lock: RELEASED,
  },
  {
    ...row('version-not-raised', 'a version below the released one', 'version: 1.0.0', 'version: §0.9.9'),
    lock: RELEASED,
  },
  raised('kind-changed', 'another kind for a released flow', 'kind: equipment', 'kind: §work_order'),
  raised('rename-unknown', 'a flow from nowhere', '  job:\n', '  task:\n    renamed_from: §jop\n', 'job'),
  raised('rename-unknown', 'a column from nowhere', 'floor: {', 'level: { renamed_from: §flor,', 'floor'),
  raised(
    'rename-in-use',
    'a rename from a name in use',
    'title: Jobs',
    'title: Jobs\n    renamed_from: §machine',
  ),
  raised(
    ...([
      'rename-in-use',
      'two columns from one',
      'floor: { from: record.floor, type: integer, title: Level }',
    ] as const),
    'a: { renamed_from: floor, from: record.a, type: text, title: A }\n      b: { renamed_from: §floor, from: record.b, type: text, title: B }',
  ),
];

export const INVALID: readonly Row[] = [
  ...OF_RELEASES,
  ...OF_OWN_FIELDS,
  ...OF_SAMPLES,
  ...OF_SOURCES,
  {
    code: 'file-too-large',
    what: 'a file that is no spec by its size',
    text: `§${BASE}#${'x'.repeat(2_200_000)}`,
  },
  { code: 'file-encoding', what: 'bytes that are no UTF-8', text: `§${BASE}# \uFFFD` },
  row('file-too-large', 'a line that nobody reads', 'lane: batch', `lane: batch\n§# ${'x'.repeat(4000)}`),
  row('yaml-syntax', 'a list that is not closed', "odoo: '19.0' }", "odoo: '19.0'\n§source"),
  row('yaml-duplicate-key', 'a key twice', 'lane: batch', 'lane: batch\n    §lane: batch'),
  row('yaml-alias', 'an anchor', 'title: Machines', 'title: &name §Machines'),
  row('yaml-alias', 'an alias', 'title: Jobs', 'title: §*name'),
  row('yaml-tag', 'a tag', 'title: Jobs', 'title: §!!js/function Jobs'),
  row('yaml-too-deep', 'a deep tree', 'path: /open', `path: ${'['.repeat(21)}§${deep(9)}${']'.repeat(21)}`),
  {
    code: 'yaml-too-deep',
    what: 'a tree that exhausts the parser',
    text: `a: ${'['.repeat(200)}§${deep(500)}`,
  },
  row('yaml-key-not-text', 'the key null', 'empty: clear', '§null: clear'),
  row(
    'yaml-key-forbidden',
    'a key that is no name in JavaScript',
    'lane: batch',
    'lane: batch\n    §__proto__: { a: 1 }',
  ),
  row('secret-in-spec', 'a webhook secret in a comment', 'lane: batch', `lane: batch # §${SECRET}`),
  row('secret-in-spec', 'a hexadecimal key', 'path: /open', `path: /open?key=§${HEX}`),
  row('schema-type', 'a number for a text', 'title: Jobs', 'title: §7'),
  row('schema-unknown-key', 'a misspelt key', 'delay_budget: 15m', '§delay_buget: 15m', 'delay_budget'),
  { code: 'schema-missing-key', what: 'no title', text: edit('  job:\n    title: Jobs\n', '  §job:\n') },
  row('schema-enum', 'an unknown lane', 'lane: batch', 'lane: §batsh', 'batch'),
  row('schema-enum', 'another version of the language', 'millwright: 1', 'millwright: §2'),
  row('schema-format', 'a version of two numbers', 'version: 1.0.0', 'version: §1.0.x'),
  row('schema-format', 'a flow name with a capital letter', '  usage:\n', '  §Usage:\n'),
  row('schema-format', 'a title of two lines', 'title: Jobs', 'title: §"Jobs\\nof"'),
  row('schema-range', 'an empty list', 'on: [SAVED]', 'on: §[]'),
  row('name-reserved', 'a flow that is a word of Python', '  usage:\n', '  §lambda:\n'),
  row('name-reserved', 'a column of the mixin', 'floor: { from', '§state: { from'),
  row('name-reserved', 'a connector that is a word of Python', 'code: acme', 'code: §class'),
  row('name-too-long', 'a table beyond 63 letters', '  usage:\n', `  §usage_${'x'.repeat(40)}:\n`),
  row('name-duplicate', 'a read named like a callback', '    OPEN:\n', '    §SAVED:\n'),
  row(
    'name-duplicate',
    'a fetch twice',
    'equals: 1 }] }\n',
    'equals: 1 }] }\n        - { as: §machine, get: /other }\n',
  ),
  row('number-not-integer', 'a fraction in a condition', 'equals: 1 }', 'equals: §1.5 }'),
  row(
    'number-not-integer',
    'a fraction in a body',
    'path: /open',
    'path: /open\n      body: { a: [{ b: §0.5 }] }',
  ),
  row('duration-invalid', 'a time without unit', 'every: 15m', "every: §'15'"),
  row('duration-invalid', 'no time at all', 'delay_budget: 15m', 'delay_budget: §0m'),
  row(
    'duration-invalid',
    'content kept for eleven years',
    'delay_budget: 15m',
    'delay_budget: 15m\n    retention: { payload: §4015d, rows: 3660d }',
  ),
  row(
    'retention-order',
    'content kept longer than its row',
    'delay_budget: 15m',
    'delay_budget: 15m\n    retention: §{ payload: 400d }',
  ),
  row('path-syntax', 'an empty name', 'name: { from: record.name }', 'name: { from: §record..name }'),
  row(
    'path-syntax',
    'a name of JavaScript',
    'name: { from: record.name }',
    'name: { from: §record.__proto__ }',
  ),
  row('path-syntax', 'a whole record as a value', 'name: { from: record.name }', 'name: { from: §record }'),
  row(
    'path-syntax',
    'a required path inside another',
    'required: { event.slip: text }',
    'required: { §event.slip: text, event.slip.no: text }',
  ),
  row('path-scope', 'a misspelt scope', 'from: record.plate', 'from: §recrod.plate', 'record'),
  row(
    'path-scope',
    'line where no lines are',
    'quantity: { from: event.count }',
    'quantity: { from: §line.count }',
  ),
  row(
    'path-scope',
    'record where none is said',
    'quantity: { from: event.count }',
    'quantity: { from: [event.count, §record.count] }',
  ),
  row(
    'path-scope',
    'identity by something fetched',
    'identity: [event.slip]',
    'identity: [§fetched.machine.id]',
  ),
  row('template-syntax', 'a brace that is not closed', "'/machines/{event.id}'", "§'/machines/{event.id'"),
  row('template-syntax', 'a path in a read', 'path: /open', "path: §'/open/{event.id}'"),
  row(
    'fetch-unknown',
    'a name that is not fetched',
    '[event.machine, fetched.machine]',
    '[event.machine, §fetched.machines]',
    'machine',
  ),
  row('event-unknown', 'an event that does not exist', 'on: [TAKEN]', 'on: [TAKEN, §TAKE]', 'TAKEN'),
  row(
    'event-unused',
    'an event that no input lists',
    '  reads:\n',
    '    §LOST:\n      { subject: x, time: event.at, identity: [event.id], required: { event.id: text } }\n  reads:\n',
  ),
  row(
    'role-invalid',
    'a posting of equipment',
    'role: apply\n        on: [SAVED]',
    'role: §post\n        on: [SAVED]',
  ),
  {
    code: 'input-key-missing',
    what: 'no key for a record',
    text: edit(
      '      saved:\n',
      '      §saved:\n',
      edit(
        '        key: event.id\n        version: event.at\n        occurred_at: event.at\n    fields:\n      name: { from: record.name }',
        '        version: event.at\n        occurred_at: event.at\n    fields:\n      name: { from: record.name }',
      ),
    ),
  },
  row('input-key-unused', 'a key for a posting', 'on: [TAKEN]', 'on: [TAKEN]\n        §key: event.slip'),
  row(
    'input-lines-invalid',
    'posted lines without key',
    '      taken:\n        role: post\n',
    '      §taken:\n        role: post\n        lines: event.rows\n',
  ),
  {
    code: 'post-twice',
    what: 'two inputs that post',
    text: `${BASE}      other:
        role: §post
        on: [TAKEN]
        version: event.at
        occurred_at: event.at
        fields: { work_order: { from: event.order }, part: { from: event.part }, quantity: { from: event.count } }
`,
  },
  {
    code: 'post-twice',
    what: 'two flows that post',
    text: `${BASE}  more:
    title: More
    kind: parts_consumption
    lane: standard
    delay_budget: 5m
    plant: [{ only: true }]
    inputs:
      other:
        role: §post
        on: [TAKEN]
        version: event.at
        occurred_at: event.at
        fields: { work_order: { from: event.order }, part: { from: event.part }, quantity: { from: event.count } }
`,
  },
  row('check-without-post', 'a check alone', 'role: post', 'role: §check\n        lines: event.rows'),
  row(
    'field-unknown',
    'a field that the kind does not have',
    'serial_no: { from',
    '§serial_nr: { from',
    'serial_no',
  ),
  {
    code: 'field-missing',
    what: 'a posting without quantity',
    text: edit('      taken:\n', '      §taken:\n', edit('          quantity: { from: event.count }\n', '')),
  },
  row(
    'field-misplaced',
    'fields of a deletion',
    'role: apply\n        on: [OPEN]',
    'role: delete\n        fields: { §name: { from: record.title } }\n        on: [OPEN]',
  ),
  row(
    'field-source',
    'a path and a constant',
    'name: { from: record.name }',
    '§name: { from: record.name, value: x }',
  ),
  row(
    'field-key-invalid',
    'a sign of a text',
    'name: { from: record.name }',
    'name: { from: record.name, §sign: negative_is_out }',
  ),
  row('field-key-invalid', 'a part that would be created', 'missing: hold', '§missing: create'),
  row('field-key-invalid', 'a reference by another key', 'by: name', '§by: external_id'),
  row(
    'field-key-missing',
    'an enumeration without map',
    'status: { from: record.state, map: { new: open, closed: done } }',
    '§status: { from: record.state }',
  ),
  row('enum-value-unknown', 'a status that does not exist', 'closed: done', 'closed: §don', 'done'),
  row(
    'enum-value-unknown',
    'an else that does not exist',
    'closed: done }',
    'closed: done }, else: §opne',
    'open',
  ),
  row('flow-key-invalid', 'shortage of equipment', 'lane: batch', 'lane: batch\n    §shortage: post'),
  row('match-unknown', 'a match by what is not mapped', '[[serial_no]]', '[[§serial]]', 'serial_no'),
  row(
    'plant-step-invalid',
    'a step that always answers, too early',
    '[{ cross_reference: plant, from: record.site }, { only: true }]',
    '[§{ only: true }, { cross_reference: plant, from: record.site }]',
  ),
  row(
    'plant-step-invalid',
    'a step without its path',
    '{ cross_reference: plant, from: record.site }',
    '§{ cross_reference: plant }',
  ),
  row(
    'personal-untagged',
    'a person that is not tagged',
    'from: record.plate',
    'from: §record.assignedTo.0.firstName',
  ),
  row('personal-untagged', 'an author', 'from: record.floor', 'from: §record.created_by'),
  ...LANGUAGE,
  ...OF_WRITES,
];
