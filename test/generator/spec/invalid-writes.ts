import type { Code } from '../../../generator/index.ts';
import { BASE, WRITING, edit } from '../helpers/specs.ts';

type WriteRow = {
  readonly code: Code;
  readonly what: string;
  readonly text: string;
  readonly nearest?: string;
};

const row = (code: Code, what: string, from: string, to: string, nearest?: string): WriteRow => ({
  code,
  what,
  text: edit(from, to, WRITING),
  ...(nearest === undefined ? {} : { nearest }),
});
const PATCHED = "patch: '/machines/{message.external_id}'";

/** How records of Odoo are written to the product. */
export const OF_WRITES: readonly WriteRow[] = [
  row('write-missing', 'writes of a flow that goes in only', '    direction: both\n    out:', '    §out:'),
  row(
    'write-missing',
    'a direction without a word on how',
    '    kind: work_order\n',
    '    kind: work_order\n    §direction: both\n',
  ),
  row(
    'write-no-key',
    'a create that nobody can look up',
    "      look_up: { get: /machines, items: list, where: [{ path: item.code, equals_path: message.reference }], capture: { external_id: '{item.id}' } }\n      echo: { remember: true }\n      create:",
    '      echo: { remember: true }\n      §create:',
  ),
  row(
    'write-no-key',
    'a create without our own key',
    "      create: [{ as: saved, post: /machines, body: { name: '{value.name}', code: '{message.reference}' }",
    "      §create: [{ as: saved, post: /machines, body: { name: '{value.name}', code: none }",
  ),
  row(
    'write-no-key',
    'a look-up by what may be of somebody else',
    'where: [{ path: item.code, equals_path: message.reference }]',
    'where: §[{ path: item.name, equals_path: value.name }]',
  ),
  {
    code: 'write-no-id',
    what: 'an echo to be known by a version that nothing gives',
    text: edit(", version: '{body.rev}'", '', edit('remember: true', '§remember: true', WRITING)),
  },
  row(
    'write-map-ambiguous',
    'a word that several values mean',
    'map: { new: open, closed: done } }',
    "map: { new: open, fresh: open, closed: done } }\n    direction: both\n    out:\n      values: { state: { field: status, map: §reversed } }\n      echo: { headers: { X-Quiet: '1' } }\n      update: [{ as: saved, put: /jobs, body: { state: '{value.state}' } }]",
  ),
  row(
    'value-unknown',
    'a value that is not written down',
    "plate: '{value.plate}'",
    "plate: §'{value.plat}'",
    'plate',
  ),
  row(
    'value-unknown',
    'what a message does not say',
    PATCHED,
    "patch: §'/machines/{message.externalid}'",
    'external_id',
  ),
  row(
    'value-unused',
    'a value that no call writes',
    'plate: serial_no',
    'plate: serial_no\n        §note: note',
  ),
  row('field-unknown', 'a field that the kind has not', 'plate: serial_no', 'plate: §serialno', 'serial_no'),
  row(
    'field-key-invalid',
    'a factor of a text',
    'plate: serial_no',
    "plate: { field: serial_no, §factor: '100' }",
  ),
  row(
    'field-key-missing',
    'an enumeration without its words',
    'map: { new: open, closed: done } }',
    "map: { new: open, closed: done } }\n    direction: both\n    out:\n      values: { state: §{ field: status } }\n      echo: { headers: { X-Quiet: '1' } }\n      update: [{ as: saved, put: /jobs, body: { state: '{value.state}' } }]",
  ),
  row(
    'path-scope',
    'an answer before there is one',
    "plate: '{value.plate}'",
    "plate: §'{answer.saved.plate}'",
  ),
  row(
    'source-key-missing',
    'a call of two methods',
    `- { as: changed, ${PATCHED}`,
    `- §{ as: changed, put: /machines, ${PATCHED}`,
  ),
  row(
    'condition-invalid',
    'a test that the sidecar does not know',
    'as: changed',
    'as: changed, when: [{ path: value.plate, §not_in: [A] }]',
  ),
  row(
    'filter-unknown',
    'a filter that does not exist',
    "plate: '{value.plate}'",
    "plate: §'{value.plate|uper}'",
    'upper',
  ),
  {
    code: 'source-key-unused',
    what: 'a token for writes that nobody makes',
    text: edit(
      '  event_name: { header: X-Event }',
      '  event_name: { header: X-Event }\n  §write: { token: { get: /service/, header: X-CSRF-Token } }',
      BASE,
    ),
  },
];
