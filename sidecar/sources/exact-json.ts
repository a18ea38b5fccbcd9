interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}

const exact = JSON as unknown as ExactJson;

/** As JSON.parse, but a number becomes its own text again when it is written: 2.0 stays 2.0. Throws what JSON.parse throws. */
export function parseExact(text: string): unknown {
  return exact.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exact.rawJSON(source) : value,
  );
}

/** An object or a list, and not a number in disguise. */
export function isTree(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !exact.isRawJSON(value);
}

/** A number that is written with exactly these digits. */
export function exactNumber(text: string): unknown {
  return exact.rawJSON(text);
}

/** The digits of a number made by `exactNumber`; null for anything else. */
export function digitsOf(value: unknown): string | null {
  return exact.isRawJSON(value) ? (value as { rawJSON: string }).rawJSON : null;
}
