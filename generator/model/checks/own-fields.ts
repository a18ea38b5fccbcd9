import type { OdooField, OdooModels } from '../../odoo/models.ts';
import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { AddedField, FieldMapping, Flow, Spec } from '../../spec/types.ts';
import { kindOf } from '../kinds.ts';
import { MAX_IDENTIFIER, addedFieldName } from '../names.ts';
import { FILLABLE, ownFields } from '../own-fields.ts';
import { RECORDS } from '../records.ts';
import type { OdooRecord } from '../records.ts';

/**
 * Fields of the Odoo record that a spec adds or names: do they exist, can they be written, does the type fit, and does
 * anything fill what the record needs. `models` are those of a real Odoo, or those that the generator ships with.
 */
export function checkOwnFields(spec: Spec, models: OdooModels, report: Report): void {
  const added = new Map<string, AddedField>();
  for (const [name, flow] of Object.entries(spec.flows)) {
    const place = ['flows', name];
    const record = RECORDS[flow.kind];
    for (const [field, mapping] of Object.entries(flow.fields ?? {}))
      checkMapping(spec, flow, record, field, mapping, [...place, 'fields', field], models, report);
    for (const [input, { fields }] of Object.entries(flow.inputs))
      for (const [field, mapping] of Object.entries(fields ?? {}))
        refuseInside(mapping, [...place, 'inputs', input, 'fields', field], report);
    checkSharing(spec, flow, place, added, report);
    checkTargets(flow, place, report);
    if (record !== undefined) checkNeeds(flow, record, place, models, report);
  }
}

function refuseInside(mapping: FieldMapping, place: Path, report: Report): void {
  for (const key of ['field', 'to'] as const)
    if (mapping[key] !== undefined)
      report.add('field-misplaced', [...place, key], {
        found: show(key),
        expected: 'it with the field of the flow, for all of its inputs',
        part: 'key',
      });
}

function checkMapping(
  spec: Spec,
  flow: Flow,
  record: OdooRecord | undefined,
  name: string,
  mapping: FieldMapping,
  place: Path,
  models: OdooModels,
  report: Report,
): void {
  const key = mapping.field !== undefined ? 'field' : mapping.to !== undefined ? 'to' : undefined;
  if (key === undefined) return;
  const wrong = (at: Path, found: string, expected: string): void => {
    report.add('field-key-invalid', at, { found, expected, part: 'key' });
  };
  if (mapping.field !== undefined && mapping.to !== undefined)
    wrong([...place, 'to'], 'field and to', 'one of them: a field that is added, or one that is there');
  else if (name in kindOf(flow.kind).fields)
    wrong(
      [...place, key],
      show(key),
      `no such key: ${name} is a field of the kind and has its place in Odoo`,
    );
  else if (record === undefined || record.form === null)
    wrong([...place, key], show(key), `it in a flow of kind ${oneOf(OWN_KINDS)}: others make no such record`);
  else if (mapping.field !== undefined) checkAdded(spec, name, mapping.field, record, place, models, report);
  else checkExisting(mapping.to ?? '', record, [...place, 'to'], models, report);
}

const OWN_KINDS = Object.keys(RECORDS).filter((kind) => typeof RECORDS[kind]?.form === 'string');

function checkAdded(
  spec: Spec,
  name: string,
  field: AddedField,
  record: OdooRecord,
  place: Path,
  models: OdooModels,
  report: Report,
): void {
  const column = addedFieldName(spec.connector.code, name);
  if (column.length > MAX_IDENTIFIER)
    report.add('name-too-long', place, {
      found: `${column} with ${String(column.length)} letters`,
      expected: `at most ${String(MAX_IDENTIFIER)}`,
      part: 'key',
    });
  if (models[record.model]?.[column] !== undefined)
    report.add('name-reserved', place, {
      found: `${record.model} has ${column} already`,
      expected: 'a name that is free',
      part: 'key',
    });
  const hasValues = field.values !== undefined;
  if (hasValues === (field.type === 'selection')) return;
  report.add(hasValues ? 'field-key-invalid' : 'field-key-missing', [...place, 'field'], {
    found: hasValues ? 'values' : 'no values',
    expected: hasValues ? 'values of a selection only' : 'values: what can be selected',
    part: 'key',
  });
}

function checkExisting(
  to: string,
  record: OdooRecord,
  place: Path,
  models: OdooModels,
  report: Report,
): void {
  const fields = models[record.model] ?? {};
  const field = fields[to];
  const free = Object.keys(fields).filter((name) => isFillable(record, name, fields[name]));
  if (field === undefined)
    report.add('odoo-field-unknown', place, {
      found: `${record.model} has no ${show(to)}`,
      expected: `a field of ${record.model}`,
      names: free,
      name: to,
    });
  else if (record.filled.includes(to))
    report.add('odoo-field-taken', place, {
      found: show(to),
      expected: 'a field that the runtime does not fill from canonical fields itself',
    });
  else if (field.readonly === true)
    report.add('odoo-field-readonly', place, { found: show(to), expected: 'a field that can be written' });
  else if (FILLABLE[field.type] === undefined)
    report.add('odoo-field-type', place, {
      found: `${to} is a ${field.type}${field.relation === undefined ? '' : ` to ${field.relation}`}`,
      expected: `a field of type ${oneOf(Object.keys(FILLABLE))}`,
    });
}

function isFillable(record: OdooRecord, name: string, field: OdooField | undefined): boolean {
  return (
    field !== undefined && field.readonly !== true && !record.filled.includes(name) && field.type in FILLABLE
  );
}

/** Two flows that bring the same kind of record may add the same field; then they mean the same by it. */
function checkSharing(
  spec: Spec,
  flow: Flow,
  place: Path,
  added: Map<string, AddedField>,
  report: Report,
): void {
  for (const { name, mapping } of Object.values(ownFields(flow))) {
    if (mapping.field === undefined) continue;
    const key = `${flow.kind}/${addedFieldName(spec.connector.code, name)}`;
    const other = added.get(key);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(mapping.field))
      report.add('name-duplicate', [...place, 'fields', name, 'field'], {
        found: `another field ${show(name)} than in an earlier flow`,
        expected: 'the same type, title and values, or another name',
        part: 'key',
      });
    added.set(key, other ?? mapping.field);
  }
}

/** Two mappings to one field of Odoo: the last one would win, unseen. */
function checkTargets(flow: Flow, place: Path, report: Report): void {
  const fillers = new Map<string, string>();
  for (const { name, existing } of Object.values(ownFields(flow))) {
    if (existing === null) continue;
    const other = fillers.get(existing);
    if (other !== undefined)
      report.add('odoo-field-taken', [...place, 'fields', name, 'to'], {
        found: `${show(existing)}, which ${show(other)} fills`,
        expected: 'another field for each mapping',
      });
    fillers.set(existing, other ?? name);
  }
}

/** What Odoo demands of a new record, and neither it, the runtime nor the spec fills. */
function checkNeeds(flow: Flow, record: OdooRecord, place: Path, models: OdooModels, report: Report): void {
  if (record.form === null) return;
  const given = new Map(Object.values(ownFields(flow)).map((own) => [own.existing, own]));
  for (const [name, field] of Object.entries(models[record.model] ?? {})) {
    if (field.required !== true || field.default === true || field.readonly === true) continue;
    const own = given.get(name);
    if (record.filled.includes(name) || (own !== undefined && isCertain(own.mapping))) continue;
    if (own !== undefined) {
      report.add('odoo-field-missing', [...place, 'fields', own.name], {
        found: `${record.model} cannot be created without ${show(name)}, and ${show(own.name)} may be absent`,
        expected: '`required: true`, or a default',
        part: 'key',
      });
      continue;
    }
    report.add('odoo-field-missing', [...place, 'fields'], {
      found: `${record.model} cannot be created without ${show(name)}`,
      expected: `a field with \`to: ${name}\``,
      part: 'key',
    });
  }
}

/** A mapping that gives a value, or holds the record. */
function isCertain({ required, value, assume, present, absent, null: none }: FieldMapping): boolean {
  if (required === true || [value, assume, present].some((one) => one !== undefined)) return true;
  return [absent, none].every((policy) => policy === 'hold' || policy === 'default');
}
