/** Codes are stable: tests and operators rely on them, texts may change. */
export class PermanentError extends Error {
  override name = 'PermanentError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Worth another try. `retryAfterMs` is what the other side asked for, null when it asked for nothing. */
export class RetryableError extends Error {
  override name = 'RetryableError';
  readonly code: string;
  readonly retryAfterMs: number | null;
  constructor(code: string, message: string, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The durable store did not take it: nobody may be told that it did. */
export class SpoolError extends Error {
  override name = 'SpoolError';
  readonly code = 'spool_unavailable';
}

/** What went wrong in one line, never with a payload or a secret (causes of network errors say no more than an address). */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
