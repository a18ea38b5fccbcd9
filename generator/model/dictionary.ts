import { asList } from '../spec/types.ts';
import type { FieldMapping, Flow } from '../spec/types.ts';
import type { DictionaryRow } from './addon.ts';
import { fieldsOf } from './input-contract.ts';
import { kindOf } from './kinds.ts';

/** What every field and column of a flow comes from, and by which rule, for people. */
export function dictionary(flow: Flow): DictionaryRow[] {
  const kind = kindOf(flow.kind);
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
  return asList(mapping.from).join(', else ');
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
    sign ? sign.replaceAll('_', ' ') : '',
    unit ? `in ${unit}` : '',
    assume ? `in the unit of the ${assume}` : '',
    zone ? `without zone: ${zone}` : '',
    currency ? `in the currency of the ${currency}` : '',
  ];
  return rules.filter((rule) => rule !== '').join(', ');
}
