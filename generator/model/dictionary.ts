import { asList } from '../spec/types.ts';
import type { FieldMapping, Flow } from '../spec/types.ts';
import type { DictionaryRow } from './addon.ts';
import { fieldsOf } from './input-contract.ts';
import { flowKind } from './own-fields.ts';

/** What every field and column of a flow comes from, and by which rule, for people. */
export function dictionary(flow: Flow): DictionaryRow[] {
  const kind = flowKind(flow);
  const rows = Object.entries(flow.inputs).flatMap(([input, spec]) =>
    Object.entries(fieldsOf(flow, spec)).map(([field, mapping]) => {
      const required = mapping.required ?? kind.fields[field]?.required ?? false;
      return { input, to: field, from: sourceOf(mapping), rule: ruleOf(mapping, required) };
    }),
  );
  const columns = Object.entries(flow.columns ?? {}).map(([name, column]) => ({
    input: 'all',
    to: `column ${name}`,
    from: asList(column.from).join(', else '),
    rule: `${column.type}, as it came`,
  }));
  return [...rows, ...columns];
}

function sourceOf(mapping: FieldMapping): string {
  if (mapping.value !== undefined) return `constant ${JSON.stringify(mapping.value)}`;
  if (mapping.assume !== undefined) return 'not sent';
  const { sum, between, level, join } = mapping;
  if (sum !== undefined) return asList(sum).join(' plus ');
  if (between !== undefined)
    return `from ${asList(between.start).join(', else ')} to ${asList(between.end).join(', else ')}`;
  if (level !== undefined)
    return `${asList(level.from).join(', else ')} less ${asList(level.to).join(', else ')}`;
  return asList(mapping.from).join(join === undefined ? ', else ' : ` ${join} `);
}

function ruleOf(mapping: FieldMapping, required: boolean): string {
  const { map, absent, empty, zero, by, missing, sign, unit, assume, time_zone: zone, currency } = mapping;
  const rules = [
    required ? 'required' : '',
    map
      ? Object.entries(map)
          .map(([from, to]) => `${from} is ${to}`)
          .join('; ')
      : '',
    map ? `any other: ${mapping.else ?? 'hold'}` : '',
    mapping.present ? `${mapping.present} when it is there, otherwise ${mapping.otherwise ?? ''}` : '',
    by ? `found by ${by.replace('_', ' ')}` : '',
    missing ? `not found: ${missing}` : '',
    absent ? `absent: ${absent}` : '',
    mapping.null ? `null: ${mapping.null}` : '',
    empty ? `empty: ${empty}` : '',
    zero ? `zero: ${zero}` : '',
    signOf(sign),
    ...written(mapping),
    unit ? `in ${unit}` : '',
    assume ? `in the unit of the ${assume}` : '',
    zone ? `without zone: ${zone}` : '',
    currencyOf(currency),
  ];
  return rules.filter((rule) => rule !== '').join(', ');
}

function signOf(sign: FieldMapping['sign']): string {
  if (sign === undefined || typeof sign === 'string') return (sign ?? '').replaceAll('_', ' ');
  return `${sign.out.join(', ')} is out and ${sign.in.join(', ')} is in, by ${asList(sign.by).join(', else ')}`;
}

function currencyOf(currency: FieldMapping['currency']): string {
  if (currency === undefined) return '';
  if (typeof currency === 'string') return `in the currency of the ${currency}`;
  return `in ${currency.only} alone, as ${asList(currency.from).join(', else ')} says`;
}

/** How the value is written, and what becomes of its text. */
function written(mapping: FieldMapping): string[] {
  const { clean, format, time, number, aliases, default: value, look_up: table, tokens, fold } = mapping;
  return [
    (clean ?? []).join(', then '),
    table ? `${table.take} of the one in ${asList(table.in).join(', else ')} with this ${table.match}` : '',
    format ? `written as ${format}` : '',
    time ? `time of day in ${asList(time.from).join(', else ')}` : '',
    number?.decimal ? `decimals after ${number.decimal}` : '',
    number?.factor ? `times ${number.factor}` : '',
    aliases
      ? Object.entries(aliases)
          .map(([from, to]) => `${from} is ${to}`)
          .join('; ')
      : '',
    value === undefined ? '' : `default: ${String(value)}`,
    tokens ? 'one of several words' : '',
    fold ? 'in any case' : '',
    mapping.system_of_record ? `of record: ${mapping.system_of_record}` : '',
    mapping.on_conflict ? `changed on both sides: ${mapping.on_conflict}` : '',
  ];
}
