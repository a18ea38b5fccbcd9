import type { WriteValue } from '../contract.ts';
import { PermanentError } from '../errors.ts';
import { exactNumber } from './exact-json.ts';
import { writeMoment } from './write-moment.ts';

/** Canonical fields of a message (docs/architecture.md §4, §5). */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * The values as the product wants them. What is absent is left out. Throws PermanentError where a person has to look: a value that
 * the product has no word for, a number that is not whole.
 */
export function outwardValues(
  rules: Readonly<Record<string, WriteValue>>,
  fields: Fields,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = outward(name, rule, fields);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** Those that a partial patch may write: what changed, and what always goes along. `changed` null: everything did. */
export function changedValues(
  rules: Readonly<Record<string, WriteValue>>,
  values: Readonly<Record<string, unknown>>,
  changed: readonly string[] | null,
): Record<string, unknown> {
  if (changed === null) return { ...values };
  const kept = Object.entries(values).filter(([name]) => {
    const rule = rules[name];
    return rule !== undefined && (rule.always || rule.field === null || changed.includes(rule.field));
  });
  return Object.fromEntries(kept);
}

/** Whether a value by itself is a reason to write: a constant or one that always goes along is none. */
export function isReason(rule: WriteValue | undefined): boolean {
  return rule !== undefined && rule.field !== null && !rule.always;
}

function outward(name: string, rule: WriteValue, fields: Fields): unknown {
  if (rule.field === null) return wrapped(rule, typed(name, rule, rule.value));
  const given = Object.hasOwn(fields, rule.field) ? fields[rule.field] : undefined;
  const value = referenceOf(given);
  if (value === undefined) {
    if (rule.absent === 'hold') throw held(name, 'value_missing', `${rule.field} is not there`);
    return undefined;
  }
  if (value === null) return nothing(name, rule);
  return wrapped(rule, convert(name, rule, value));
}

function nothing(name: string, rule: WriteValue): unknown {
  if (rule.null === 'hold') throw held(name, 'value_missing', `${rule.field ?? name} is empty`);
  if (rule.null === 'omit') return undefined;
  return rule.null === 'empty' ? '' : null;
}

/** A reference travels as in commands: with what it refers to beside its value. */
function referenceOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return (value as Record<string, unknown>)['value'] ?? null;
}

function wrapped(rule: WriteValue, value: unknown): unknown {
  return rule.inside === null || value === null ? value : { [rule.inside]: value };
}

function convert(name: string, rule: WriteValue, value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw held(name, 'value_invalid', 'a scalar was expected');
  const text = String(value);
  if (rule.map !== null) {
    const word = Object.hasOwn(rule.map, text) ? rule.map[text] : undefined;
    if (word === undefined) throw held(name, 'value_unknown', `the product has no word for "${text}"`);
    return word;
  }
  if (rule.type === 'datetime' || rule.type === 'date') {
    const moment = writeMoment(text, rule.format ?? 'iso', rule.time_zone ?? 'UTC');
    if (moment === null) throw held(name, 'value_invalid', 'a moment was expected');
    return rule.as === 'text' && typeof moment === 'number' ? String(moment) : moment;
  }
  if (rule.type === 'decimal' || rule.type === 'quantity') return numberOf(name, rule, text);
  return typed(name, rule, value);
}

const HOURS: Readonly<Record<string, string>> = {
  minutes: '60',
  seconds: '3600',
  clock: '60',
  iso8601: '60',
};

function numberOf(name: string, rule: WriteValue, text: string): unknown {
  const factor = rule.number?.factor ?? '1';
  const inUnit = HOURS[rule.unit ?? ''] ?? '1';
  const scaled = times(text, factor);
  const product = scaled === null ? null : times(scaled, inUnit);
  if (product === null) throw held(name, 'value_invalid', 'a decimal was expected');
  const decimals = rule.number?.decimals ?? null;
  const result = decimals === null ? product : round(product, decimals);
  if (rule.unit === 'clock' || rule.unit === 'iso8601') return duration(name, rule.unit, result);
  return typed(name, rule, result);
}

function duration(name: string, unit: 'clock' | 'iso8601', text: string): string {
  const minutes = wholeOf(name, text);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return unit === 'iso8601' ? `PT${hours}H${rest}M` : `${hours}:${String(rest).padStart(2, '0')}`;
}

function wholeOf(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw held(name, 'value_not_whole', `a whole number was expected, found ${text}`);
}

function typed(name: string, rule: WriteValue, value: unknown): unknown {
  if (rule.type === 'constant') return value;
  const text = String(value);
  if (rule.as === 'text') return text;
  if (rule.as === 'boolean') return text === 'true';
  const whole = /^-?\d{1,30}$/.test(text);
  if (rule.as === 'integer' && !whole)
    throw held(name, 'value_not_whole', `a whole number was expected, found ${text}`);
  if (!whole && !/^-?\d{1,30}\.\d{1,30}$/.test(text))
    throw held(name, 'value_invalid', `a number was expected, found ${text}`);
  return exactNumber(text.replace(/^(-?)0+(?=\d)/, '$1'));
}

/** The exact product of two decimals as text, without trailing zeros; null when one is none. */
export function times(left: string, right: string): string | null {
  const [a, b] = [parts(left), parts(right)];
  if (a === null || b === null) return null;
  return decimalText(a.digits * b.digits, a.scale + b.scale);
}

/** Half away from zero. */
export function round(text: string, decimals: number): string {
  const value = parts(text);
  if (value === null || value.scale <= decimals) return text;
  const unit = 10n ** BigInt(value.scale - decimals);
  const size = value.digits < 0n ? -value.digits : value.digits;
  const rounded = (size + unit / 2n) / unit;
  return decimalText(value.digits < 0n ? -rounded : rounded, decimals);
}

function parts(text: string): { digits: bigint; scale: number } | null {
  const match = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = BigInt(`${whole}${fraction}`);
  return { digits: sign === '-' ? -digits : digits, scale: fraction.length };
}

function decimalText(digits: bigint, scale: number): string {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = scale === 0 ? '' : text.slice(text.length - scale).replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

function held(name: string, code: string, what: string): PermanentError {
  return new PermanentError(code, `value ${name}: ${what}`);
}
