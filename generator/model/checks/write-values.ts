import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Flow } from '../../spec/types.ts';
import type { OutValue } from '../../spec/write-types.ts';
import { isFactor } from '../formats.ts';
import { kindOf } from '../kinds.ts';
import type { CanonicalField } from '../kinds.ts';
import { reversedMap } from '../write-contract.ts';
import { checkFormat } from './moments.ts';

type Key = keyof OutValue;

/** How one value is written: its field is one of the kind, and what says how belongs to the type of that field. */
export function checkOutValue(flow: Flow, value: OutValue, at: Path, report: Report): void {
  if (report.isBroken(at)) return;
  const refuse = (key: Key, expected: string): void => {
    if (value[key] !== undefined)
      report.add('field-key-invalid', [...at, key], { found: show(key), expected, part: 'key' });
  };
  if ((value.field === undefined) === (value.value === undefined)) {
    report.add('field-source', at, { found: 'neither, or both', expected: 'either `field` or `value`' });
    return;
  }
  if (value.field === undefined) {
    if (typeof value.value === 'number' && !Number.isInteger(value.value))
      report.add('number-not-integer', [...at, 'value'], {
        found: show(value.value),
        expected: 'a whole number, or text',
      });
    for (const key of [
      'as',
      'map',
      'factor',
      'decimals',
      'unit',
      'format',
      'time_zone',
      'absent',
      'null',
      'always',
    ] as const)
      refuse(key, 'no such key beside a constant');
    return;
  }
  const fields = kindOf(flow.kind).fields;
  const field = fields[value.field];
  if (field === undefined) {
    const names = Object.keys(fields);
    report.add('field-unknown', at, {
      found: show(value.field),
      expected: `a field of ${flow.kind}`,
      names,
      name: value.field,
    });
    return;
  }
  checkType(field, value, refuse);
  checkNumber(field, value, at, report);
  checkFormat(value.format, [...at, 'format'], report);
  checkMap(flow, field, value, at, report);
}

function checkType(
  field: CanonicalField,
  value: OutValue,
  refuse: (key: Key, expected: string) => void,
): void {
  const moment = field.type === 'date' || field.type === 'datetime';
  const number = field.type === 'decimal' || field.type === 'quantity';
  if (!moment) for (const key of ['format', 'time_zone'] as const) refuse(key, 'it of a date or a datetime');
  if (!number) for (const key of ['factor', 'decimals'] as const) refuse(key, 'it of a number');
  if (field.measure !== 'hours') refuse('unit', 'it of hours');
  if (field.type !== 'enum') refuse('map', 'it of an enumeration');
  if (value.map !== undefined) refuse('as', 'it without `map`');
}

function checkNumber(field: CanonicalField, value: OutValue, at: Path, report: Report): void {
  if (value.factor === undefined || isFactor(value.factor)) return;
  if (field.type !== 'decimal' && field.type !== 'quantity') return;
  report.add('number-format-invalid', [...at, 'factor'], {
    found: show(value.factor),
    expected: "a factor above 0 as text such as '100'",
  });
}

/** An enumeration is written by words: all of them known, none of them guessed. */
function checkMap(flow: Flow, field: CanonicalField, value: OutValue, at: Path, report: Report): void {
  if (field.type !== 'enum') return;
  if (value.map === undefined) {
    report.add('field-key-missing', at, {
      found: 'no `map`',
      expected: 'what the product calls each word, or `map: reversed`',
    });
    return;
  }
  if (value.map !== 'reversed') {
    const words = field.values ?? [];
    for (const word of Object.keys(value.map).filter((name) => !words.includes(name)))
      report.add('enum-value-unknown', [...at, 'map', word], {
        found: show(word),
        expected: oneOf(words),
        names: words,
        name: word,
        part: 'key',
      });
    return;
  }
  const reversed = reversedMap(flow, value.field ?? '');
  if (reversed !== undefined && reversed.twice.length === 0) return;
  report.add('write-map-ambiguous', [...at, 'map'], {
    found:
      reversed === undefined ? 'no `map` of the inputs' : `several values that mean ${oneOf(reversed.twice)}`,
    expected: 'one value of the product for each word, or the map written out',
  });
}
