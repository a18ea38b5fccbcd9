declare global {
  interface JSON {
    /** Text that JSON.stringify writes as it stands (in Node since version 22). */
    rawJSON(text: string): object;
  }
}

/** A number as the product writes its decimals: `2.0`, `0.35`. */
export function double(value: number): object {
  return JSON.rawJSON(Number.isInteger(value) ? `${value}.0` : String(value));
}

/** `2026-09-08T06:00:00.250+00:00`: the product's dates inside events. */
export function eventDate(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}

/** `2026-09-08T06:00:00.250000Z`: the product's creation and update times. */
export function recordInstant(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
