import type { TimeUnit } from '../contract.ts';

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/;
const HTTP_DATE = /^[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})$/;
const DIGITS = /^\d{1,16}$/;
/** Seconds reach this in the year 5138, milliseconds passed it in 1973. */
const MILLISECONDS_FROM = 100_000_000_000;

/** Milliseconds since the epoch; null when it is not written so. `auto` takes any of the forms. */
export function readTime(text: string, unit: TimeUnit): number | null {
  if (DIGITS.test(text) && unit !== 'iso') {
    const number = Number(text);
    if (unit === 's' || (unit === 'auto' && number < MILLISECONDS_FROM)) return number * 1_000;
    return number;
  }
  if (unit !== 'iso' && unit !== 'auto') return null;
  if (!RFC3339.test(text) && !HTTP_DATE.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
