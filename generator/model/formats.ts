/** How moments and numbers may be written; the runtime's `patterns.py` and `readers.py` read the same. */
export const FORMATS = ['iso', 'date', 'epoch_s', 'epoch_ms', 'odata'] as const;

/** Letters of a pattern and what they say. */
const PARTS: Readonly<Record<string, string>> = {
  yyyy: 'year',
  yy: 'year',
  MMM: 'month',
  MM: 'month',
  M: 'month',
  dd: 'day',
  d: 'day',
  HH: 'hour',
  H: 'hour',
  hh: 'hour',
  h: 'hour',
  a: 'noon',
  mm: 'minute',
  ss: 'second',
  SSS: 'milli',
};
const MARKS = ' .,:/-_T';

/** Whether text is one of the formats, or a pattern of known letters with year, month and day, each once. */
export function isFormat(text: string): boolean {
  if (FORMATS.some((format) => format === text)) return true;
  const tokens: readonly string[] = text.match(/([A-Za-z])\1*|[^A-Za-z]/g) ?? [];
  const parts = tokens.filter((token) => token in PARTS).map((token) => PARTS[token] ?? '');
  const known = tokens.every((token) => token in PARTS || (token.length === 1 && MARKS.includes(token)));
  const half = tokens.some((token) => token === 'h' || token === 'hh');
  const noon = parts.includes('noon');
  const whole = ['year', 'month', 'day'].every((part) => parts.includes(part));
  return known && whole && new Set(parts).size === parts.length && half === noon;
}

/** Whether a factor is a decimal above 0, as text. */
export function isFactor(text: string): boolean {
  return /^\d{1,30}(?:\.\d{1,30})?$/.test(text) && /[1-9]/.test(text);
}
