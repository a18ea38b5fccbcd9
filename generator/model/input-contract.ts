import type { Condition, FieldMapping, Flow, Input } from '../spec/types.ts';
import { asList } from '../spec/types.ts';
import type { Json } from './canonical-json.ts';
import { kindOf } from './kinds.ts';
import type { CanonicalField } from './kinds.ts';

type Doc = { [key: string]: Json };

/** One input with the flow's field mappings merged in; a deletion needs none. */
export function inputContract(flow: Flow, input: Input): Doc {
  const kind = kindOf(flow.kind);
  const mappings = fieldsOf(flow, input);
  const fields = Object.entries(kind.fields).flatMap(([name, field]) => {
    const mapping = mappings[name];
    return mapping === undefined ? [] : [[name, fieldContract(field, mapping)] as const];
  });
  return {
    role: input.role,
    on: input.on,
    when: conditions(input.when),
    otherwise: input.otherwise ?? 'ignore',
    record: asList(input.record),
    lines: input.lines === undefined ? null : asList(input.lines),
    line_key: asList(input.line_key),
    key: asList(input.key),
    version: asList(input.version),
    occurred_at: asList(input.occurred_at),
    archive_when: conditions(input.archive_when),
    fields: Object.fromEntries(fields),
  };
}

/** Conditions hold one test each, so nothing has a default here. */
export function conditions(list: readonly Condition[] | undefined): Doc[] {
  return (list ?? []).map((condition) => ({ ...condition }));
}

/** The mappings an input uses: the flow's, as far as its role takes them, overridden by its own. */
export function fieldsOf(flow: Flow, input: Input): Readonly<Record<string, FieldMapping>> {
  if (input.role === 'delete') return {};
  const { fields, lineFields } = kindOf(flow.kind);
  const fits = (name: string): boolean =>
    input.role !== 'check' || lineFields.includes(name) || fields[name]?.required === true;
  const shared = Object.entries(flow.fields ?? {}).filter(([name]) => fits(name));
  return { ...Object.fromEntries(shared), ...input.fields };
}

function fieldContract(field: CanonicalField, mapping: FieldMapping): Doc {
  const doc: Doc = { type: field.type };
  if (field.type === 'ref') Object.assign(doc, { ref: field.ref ?? null });
  const required = mapping.required ?? field.required;
  if (mapping.value !== undefined) return { ...doc, value: mapping.value, required };
  if (mapping.assume !== undefined) return { ...doc, assume: mapping.assume, required };
  Object.assign(doc, { from: asList(mapping.from), required });
  if (mapping.present !== undefined)
    return { ...doc, present: mapping.present, otherwise: mapping.otherwise ?? null };
  return { ...doc, ...gaps(field, mapping, required), ...rules(field, mapping) };
}

/** What happens to a value that is not there, null, empty or zero. */
function gaps(field: CanonicalField, mapping: FieldMapping, required: boolean): Doc {
  const fallback = required ? 'hold' : 'keep';
  const none = mapping.null ?? fallback;
  const doc: Doc = { absent: mapping.absent ?? fallback, null: none };
  if (field.type !== 'decimal' && field.type !== 'quantity')
    Object.assign(doc, { empty: mapping.empty ?? none });
  if (field.type === 'decimal') Object.assign(doc, { zero: mapping.zero ?? 'set' });
  if (field.type === 'quantity') Object.assign(doc, { zero: mapping.zero ?? 'ignore' });
  return doc;
}

function rules(field: CanonicalField, mapping: FieldMapping): Doc {
  switch (field.type) {
    case 'enum':
      return { map: { ...mapping.map }, ...elseRule(mapping.else ?? 'hold') };
    case 'ref':
      return {
        by: mapping.by ?? field.by ?? 'external_id',
        missing: mapping.missing ?? 'hold',
        name: asList(mapping.name),
      };
    case 'datetime':
    case 'date':
      return { time_zone: mapping.time_zone ?? 'UTC' };
    case 'quantity':
      return { sign: mapping.sign ?? 'positive_is_out' };
    case 'decimal':
      return field.measure === 'hours'
        ? { unit: mapping.unit ?? 'hours' }
        : { currency: mapping.currency ?? 'company' };
    default:
      return {};
  }
}

function elseRule(value: string): Doc {
  return value === 'hold' ? { else: 'hold', else_value: null } : { else: 'set', else_value: value };
}
