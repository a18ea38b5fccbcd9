import type { Code } from '../../../generator/index.ts';
import { edit } from '../helpers/specs.ts';
import type { Row } from './invalid.ts';

const row = (code: Code, what: string, from: string, to: string, nearest?: string): Row => ({
  code,
  what,
  text: edit(from, to),
  ...(nearest === undefined ? {} : { nearest }),
});

/** How values, keys and lines are read. */
export const LANGUAGE: readonly Row[] = [
  row(
    'input-lines-invalid',
    'lines of a deletion',
    'role: apply\n        on: [OPEN]',
    'role: delete\n        §lines: event.rows\n        on: [OPEN]',
  ),
  row('input-lines-invalid', 'unlisted of a posting', 'on: [TAKEN]', 'on: [TAKEN]\n        §unlisted: zero'),
  row(
    'snapshot-open',
    'a snapshot that does not say what it leaves out',
    '      taken:\n        role: post\n',
    '      §taken:\n        role: converge\n        lines: event.rows\n',
  ),
  row(
    'lines-invalid',
    'lines without a list',
    'on: [TAKEN]',
    'on: [TAKEN]\n        line_key: line.id\n        §lines: { where: [{ path: line.kind, equals: P }] }',
  ),
  row(
    'lines-invalid',
    'a sum of the inner list alone',
    'on: [TAKEN]',
    'on: [TAKEN]\n        line_key: line.id\n        lines: { path: event.jobs, then: { path: item.parts, §net: { by: line.id, sum: line.n } } }',
  ),
  row(
    'lines-invalid',
    'four lists in each other',
    'on: [TAKEN]',
    'on: [TAKEN]\n        line_key: line.id\n        lines: { path: event.a, then: { path: group.b, then: { path: item.c, §then: { path: line.d } } } }',
  ),
  row(
    'path-scope',
    'a parent where there is one list only',
    'on: [TAKEN]',
    'on: [TAKEN]\n        line_key: §item.id\n        lines: event.rows',
  ),
  row('filter-unknown', 'a filter that does not exist', 'from: record.plate', "from: §'{record.plate|trm}'"),
  row(
    'filter-unknown',
    'a filter in clean',
    'serial_no: { from: record.plate, empty: clear }',
    'serial_no: { from: record.plate, empty: clear, clean: §[strip] }',
  ),
  row('template-syntax', 'a lone brace in a source', 'from: record.plate', "from: §'{record.plate'"),
  row(
    'format-invalid',
    'a pattern without a year',
    'name: { from: record.name }',
    'name: { from: record.name }\n      effective_date: { from: record.start, format: §dd.MM }',
  ),
  row(
    'format-invalid',
    'a moment in an unknown form',
    'key: event.id\n        version: event.at\n        occurred_at: event.at\n    fields:\n      name: { from: record.title }',
    'key: event.id\n        version: { from: event.at, format: §epoch }\n        occurred_at: event.at\n    fields:\n      name: { from: record.title }',
    'epoch_s',
  ),
  row(
    'number-format-invalid',
    'one mark for decimals and thousands',
    'cost: { from: record.price, zero: keep }',
    "cost: { from: record.price, zero: keep, number: §{ decimal: ',', group: ',' } }",
  ),
  row(
    'number-format-invalid',
    'a factor of nothing',
    'cost: { from: record.price, zero: keep }',
    "cost: { from: record.price, zero: keep, number: §{ factor: '0.0' } }",
  ),
  row(
    'condition-invalid',
    'a test that the sidecar does not know',
    'path: fetched.machine.rev, equals: 1',
    'path: fetched.machine.rev, §above: 1',
  ),
  row(
    'condition-never',
    'two values at once',
    'on: [TAKEN]',
    'on: [TAKEN]\n        otherwise: ignore\n        when: [{ path: event.kind, equals: P }, §{ path: event.kind, in: [Q, R] }]',
  ),
  row(
    'condition-never',
    'a value that is absent',
    'on: [TAKEN]',
    'on: [TAKEN]\n        otherwise: ignore\n        when: [{ path: event.kind, present: false }, §{ path: event.kind, equals: P }]',
  ),
  row(
    'condition-never',
    'a value of a list and none of it',
    'on: [TAKEN]',
    'on: [TAKEN]\n        otherwise: ignore\n        when: [{ path: event.kind, in: [P, Q] }, §{ path: event.kind, not_in: [Q, P] }]',
  ),
  row(
    'condition-never',
    'a number above and below the same',
    'on: [TAKEN]',
    'on: [TAKEN]\n        otherwise: ignore\n        when: [{ path: event.kind, above: 5 }, §{ path: event.kind, below: 5 }]',
  ),
  row(
    'condition-never',
    'a number of a list that is above all of them',
    'on: [TAKEN]',
    "on: [TAKEN]\n        otherwise: ignore\n        when: [{ path: event.kind, in: [1, '2'] }, §{ path: event.kind, above: 2 }]",
  ),
  row(
    'version-mixed',
    'versions that cannot be compared',
    '    fields:\n      name: { from: record.title }',
    '      other:\n        role: delete\n        on: [OPEN]\n        key: event.id\n        §version: { from: event.rev, order: number }\n        occurred_at: event.at\n    fields:\n      name: { from: record.title }',
  ),
  row(
    'record-contradiction',
    'a conflict won by the side that is not of record',
    'name: { from: record.name }',
    'name: { from: record.name, system_of_record: odoo, on_conflict: §cmms }',
  ),
  row(
    'amount-bare',
    'a price without currency',
    'kind: parts_consumption\n    lane: standard\n    delay_budget: 5m\n    plant: [{ only: true }]\n    inputs:\n      taken:',
    'kind: service\n    lane: standard\n    delay_budget: 5m\n    plant: [{ only: true }]\n    fields: { amount: { from: event.price } }\n    inputs:\n      §taken:',
  ),
  row(
    'field-key-invalid',
    'a winner of what is posted',
    'part: { from: event.part, missing: hold }',
    'part: { from: event.part, missing: hold, §system_of_record: odoo }',
  ),
  row(
    'field-key-invalid',
    'words that have no order',
    'map: { new: open, closed: done } }',
    "map: { '2': open, closed: done }, §tokens: true }",
  ),
  row(
    'field-key-invalid',
    'words that differ by their case only',
    'map: { new: open, closed: done } }',
    'map: { new: open, NEW: done }, §fold: true }',
  ),
  row(
    'field-key-invalid',
    'a sign of a difference',
    'quantity: { from: event.count }',
    'quantity: { level: { from: event.old, to: event.new }, §sign: negative_is_out }',
  ),
  row(
    'field-key-invalid',
    'a movement of nothing',
    'quantity: { from: event.count }',
    'quantity: { from: event.count, §zero: set }',
  ),
  row(
    'field-key-invalid',
    'nothing left out of a snapshot',
    '      taken:\n        role: post\n        on: [TAKEN]\n        version: event.at\n        occurred_at: event.at\n        fields:\n          work_order: { from: event.order }\n          part: { from: event.part, missing: hold }\n          quantity: { from: event.count }',
    '      taken:\n        role: converge\n        lines: event.rows\n        unlisted: keep\n        on: [TAKEN]\n        version: event.at\n        occurred_at: event.at\n        fields:\n          work_order: { from: event.order }\n          part: { from: line.part, missing: hold }\n          quantity: { from: line.count, §zero: ignore }',
  ),
  row(
    'field-key-missing',
    'a default that is not given',
    'name: { from: record.name }',
    'name: { from: record.name, absent: §default }',
  ),
  row(
    'flow-key-invalid',
    'a cancellation of what has no status',
    'lane: batch',
    'lane: batch\n    §delete: cancel',
  ),
];
