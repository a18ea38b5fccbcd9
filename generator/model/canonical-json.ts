import { createHash } from 'node:crypto';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Canonical text: keys sorted by code point, no blanks, whole numbers only. Every reader writes the same bytes. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const object = value as Record<string, Json>;
    const members = sortedKeys(object).map(
      (key) => `${JSON.stringify(key)}:${canonicalJson(object[key] ?? null)}`,
    );
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new Error(`not a whole number: ${String(value)}`);
  return JSON.stringify(value);
}

/** `sha256:` and the hash of the canonical text. */
export function contractHash(value: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/** Only with these the two orders differ; without them nothing has to be encoded. */
const SURROGATE = /[\ud800-\udfff]/;

/** The engine's own order of texts is that of UTF-16 units: good, and much faster, where the two do not differ. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(compareCodePoints) : keys.sort();
}

/** Order of UTF-8 bytes: the same in every language, which the order of UTF-16 units is not. */
export function compareCodePoints(a: string, b: string): number {
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a === b ? 0 : a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
