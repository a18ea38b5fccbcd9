import { edit } from '../helpers/specs.ts';
import type { Row } from './invalid.ts';

/** The base with one more field of its machines. */
const machine = (field: string): string => edit('cost: { from: record.price, zero: keep }', `rank: ${field}`);
const selection =
  '{ from: record.rank, map: { A: a }, field: { type: selection, title: Rank, values: { a: High } } }';

/** An Odoo in which an equipment cannot be without a line. */
const NEEDING = {
  'maintenance.equipment': {
    name: { type: 'char', required: true },
    x_line: { type: 'char', required: true },
  },
} as const;

export const OF_OWN_FIELDS: readonly Row[] = [
  {
    code: 'odoo-field-unknown',
    what: 'a field that the record has not',
    text: machine('{ from: record.ref, to: §partner_reff }'),
    nearest: 'partner_ref',
  },
  {
    code: 'odoo-field-taken',
    what: 'a field that a canonical one fills',
    text: machine('{ from: record.ref, to: §serial_no }'),
  },
  {
    code: 'odoo-field-taken',
    what: 'two mappings to one field, of which the last would win',
    text: edit(
      'cost: { from: record.price, zero: keep }',
      'rank: { from: record.rank, to: partner_ref }\n      grade: { from: record.grade, to: §partner_ref }',
    ),
  },
  {
    code: 'odoo-field-readonly',
    what: 'a field that Odoo computes',
    text: machine('{ from: record.ref, to: §display_name }'),
  },
  {
    code: 'odoo-field-type',
    what: 'a relation for a text',
    text: machine('{ from: record.ref, to: §partner_id }'),
  },
  {
    code: 'enum-value-unknown',
    what: 'a value that the selection has not',
    text: machine(selection.replace('A: a', 'A: §b')),
    nearest: 'a',
  },
  {
    code: 'field-key-missing',
    what: 'a selection without values',
    text: machine('{ from: record.rank, map: { A: a }, §field: { type: selection, title: Rank } }'),
  },
  {
    code: 'field-key-invalid',
    what: 'values of a text',
    text: machine('{ from: record.rank, §field: { type: text, title: Rank, values: { a: High } } }'),
  },
  {
    code: 'field-key-invalid',
    what: 'a field that is added and is there',
    text: machine('{ from: record.rank, field: { type: text, title: Rank }, §to: partner_ref }'),
  },
  {
    code: 'field-key-invalid',
    what: 'a canonical field with a place of its own',
    text: edit('name: { from: record.name }', 'name: { from: record.name, §to: partner_ref }'),
  },
  {
    code: 'field-key-invalid',
    what: 'a key that does not fit the added type',
    text: machine('{ from: record.rank, §map: { A: a }, field: { type: text, title: Rank } }'),
  },
  {
    code: 'field-misplaced',
    what: 'a field that one input adds',
    text: edit(
      '        version: event.at\n        occurred_at: event.at\n    fields:\n      name: { from: record.name }',
      '        version: event.at\n        occurred_at: event.at\n        fields: { rank: { from: record.rank, §field: { type: text, title: Rank } } }\n    fields:\n      name: { from: record.name }',
    ),
  },
  {
    code: 'name-too-long',
    what: 'an added field with a long name',
    text: edit(
      'cost: { from: record.price, zero: keep }',
      `§${'rank_'.repeat(12)}x: { from: record.rank, field: { type: text, title: Rank } }`,
    ),
  },
  {
    code: 'odoo-field-missing',
    what: 'a record that needs what may be absent',
    text: edit(
      'cost: { from: record.price, zero: keep }',
      '§line: { from: record.line, to: x_line, absent: default, default: none }',
    ),
    odoo: NEEDING,
  },
  {
    code: 'odoo-field-missing',
    what: 'a record that needs what nobody fills',
    text: edit(
      '    fields:\n      name: { from: record.name }',
      '    §fields:\n      name: { from: record.name }',
    ),
    odoo: NEEDING,
  },
];
