import type { FieldMapping, Flow, Input } from '../spec/types.ts';
import { asList } from '../spec/types.ts';
import type { Json } from './canonical-json.ts';
import type { CanonicalField } from './kinds.ts';
import { joined } from './paths.ts';

type Doc = { [key: string]: Json };

/** One field mapping with every default spelled out. */
export function fieldContract(field: CanonicalField, mapping: FieldMapping, flow: Flow, input: Input): Doc {
  const doc: Doc = { type: field.type };
  if (field.type === 'ref') Object.assign(doc, { ref: field.ref ?? null });
  const required = mapping.required ?? field.required;
  if (input.role === 'apply') Object.assign(doc, sides(mapping, flow));
  if (mapping.value !== undefined) return { ...doc, value: mapping.value, required };
  if (mapping.assume !== undefined) return { ...doc, assume: mapping.assume, required };
  Object.assign(doc, source(mapping), { required });
  if (mapping.present !== undefined)
    return { ...doc, present: mapping.present, otherwise: mapping.otherwise ?? null };
  return { ...doc, ...gaps(field, mapping, required, input), ...rules(field, mapping) };
}

/** Who wins for a field, and what happens when both sides changed it. */
function sides(mapping: FieldMapping, flow: Flow): Doc {
  const side = mapping.system_of_record ?? flow.system_of_record ?? 'cmms';
  const inherited = mapping.system_of_record === undefined ? flow.on_conflict : undefined;
  return { system_of_record: side, on_conflict: mapping.on_conflict ?? inherited ?? side };
}

function source(mapping: FieldMapping): Doc {
  const { sum, between, level, join, look_up: table } = mapping;
  if (sum !== undefined) return { sum: asList(sum) };
  if (level !== undefined) return { level: { from: asList(level.from), to: asList(level.to) } };
  if (between !== undefined) {
    const { start, end, open, format, time_zone: zone } = between;
    const read = { open: open ?? 'hold', format: format ?? 'iso', time_zone: zone ?? 'UTC' };
    return { between: { start: asList(start), end: asList(end), ...read } };
  }
  const from = asList(mapping.from);
  return {
    from: join === undefined ? from : joined(from, join),
    look_up: table === undefined ? null : { in: asList(table.in), match: table.match, take: table.take },
  };
}

/** What happens to a value that is not there, null, empty or zero. */
function gaps(field: CanonicalField, mapping: FieldMapping, required: boolean, input: Input): Doc {
  const fallback = required ? 'hold' : 'keep';
  const isWhole = input.merge === false && !required;
  const none = mapping.null ?? fallback;
  const doc: Doc = { absent: mapping.absent ?? (isWhole ? 'clear' : fallback), null: none };
  if (field.type !== 'decimal' && field.type !== 'quantity')
    Object.assign(doc, { empty: mapping.empty ?? none });
  if (field.type === 'decimal') Object.assign(doc, { zero: mapping.zero ?? 'set' });
  else if (field.type !== 'quantity' && mapping.zero !== undefined)
    Object.assign(doc, { zero: mapping.zero });
  // a snapshot of none is a statement, a movement of none is nothing
  const nought = input.role === 'converge' ? 'set' : 'ignore';
  if (field.type === 'quantity') Object.assign(doc, { zero: mapping.zero ?? nought });
  return { ...doc, default: mapping.default ?? null };
}

function rules(field: CanonicalField, mapping: FieldMapping): Doc {
  const clean = { clean: mapping.clean ?? [] };
  switch (field.type) {
    case 'enum': {
      const { map = {}, fold = false, tokens = false } = mapping;
      const order = tokens ? Object.keys(map) : null;
      return { map: { ...map }, ...elseRule(mapping.else ?? 'hold'), ...clean, fold, tokens: order };
    }
    case 'ref':
      return {
        by: mapping.by ?? field.by ?? 'external_id',
        missing: mapping.missing ?? 'hold',
        name: asList(mapping.name),
        ...clean,
      };
    case 'datetime':
      return { ...moment(mapping), time: timeRule(mapping) };
    case 'date':
      return moment(mapping);
    case 'quantity':
      return { sign: signRule(mapping), ...numberRule(mapping) };
    case 'unit':
      return { ...clean, aliases: { ...mapping.aliases }, else: mapping.else ?? unknownUnit(mapping) };
    case 'decimal':
      return { ...measureRule(field, mapping), ...numberRule(mapping) };
    default:
      return clean;
  }
}

function moment(mapping: FieldMapping): Doc {
  return { time_zone: mapping.time_zone ?? 'UTC', format: mapping.format ?? 'iso' };
}

function timeRule(mapping: FieldMapping): Doc | null {
  if (mapping.time === undefined) return null;
  return { from: asList(mapping.time.from), format: mapping.time.format ?? 'clock' };
}

/** Without a table the runtime's cross-references and units decide, and hold what they do not know. */
function unknownUnit(mapping: FieldMapping): string {
  return mapping.aliases === undefined ? 'as_is' : 'hold';
}

function signRule({ sign = 'positive_is_out' }: FieldMapping): Json {
  return typeof sign === 'string' ? sign : { by: asList(sign.by), out: sign.out, in: sign.in };
}

function numberRule(mapping: FieldMapping): Doc {
  const { decimal = '.', group = '', exponent = false, factor = '1' } = mapping.number ?? {};
  return { number: { decimal, group, exponent, factor } };
}

function measureRule(field: CanonicalField, mapping: FieldMapping): Doc {
  const { unit = 'hours', currency = 'company' } = mapping;
  if (field.measure === 'hours') return { unit };
  if (field.measure !== 'money') return {};
  return {
    currency: typeof currency === 'string' ? currency : { from: asList(currency.from), only: currency.only },
  };
}

function elseRule(value: string): Doc {
  return value === 'hold' ? { else: 'hold', else_value: null } : { else: 'set', else_value: value };
}
