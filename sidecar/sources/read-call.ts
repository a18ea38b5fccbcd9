import { PermanentError, RetryableError } from '../errors.ts';
import { retryAfterMs, type HttpAnswer, type HttpRequest } from '../http-client.ts';
import { parseJson } from './identify.ts';

export const READ_TIMEOUT_MS = 15_000;
export const READ_MAX_BYTES = 2 * 1024 * 1024;

/** How the product's REST is reached; `headers` carry the credential and never reach a log. */
export interface ReadAccess {
  base_url: string;
  headers: Record<string, string>;
}

/** The source as a whole does not let us read (key revoked, no right): no row's fault, no row pays for it. */
export class ReadRefusedError extends Error {
  override name = 'ReadRefusedError';
  readonly code = 'read_refused';
}

/** A call with the credential and the limits of every read. */
export function readRequest(
  access: ReadAccess,
  method: 'GET' | 'POST',
  url: URL,
  headers: Record<string, string>,
  body: Record<string, unknown> | null,
): HttpRequest {
  const limits = { timeoutMs: READ_TIMEOUT_MS, maxBytes: READ_MAX_BYTES };
  const all: Record<string, string> = { accept: 'application/json', ...access.headers, ...headers };
  if (method === 'GET') return { method, url: url.href, headers: all, ...limits };
  const typed = { 'content-type': 'application/json', ...all };
  return { method, url: url.href, headers: typed, body: JSON.stringify(body ?? {}), ...limits };
}

/** The parsed body of a 2xx; every other status becomes the error that says whose trouble it is. */
export function readJsonAnswer(answer: HttpAnswer, what: string, now: number): unknown {
  readStatus(answer, what, now);
  const value = parseJson(answer.body);
  if (value === undefined) throw new RetryableError('source_unavailable', `${what}: the answer is not JSON`);
  return value;
}

/** Throws unless it is a 2xx. */
export function readStatus(answer: HttpAnswer, what: string, now: number): void {
  const { status } = answer;
  if (status === 401 || status === 403)
    throw new ReadRefusedError(`${what}: the product answered ${status} to our credential`);
  if (status === 429 || status === 408 || status >= 500) {
    throw new RetryableError(
      'source_unavailable',
      `${what}: the product answered ${status}`,
      retryAfterMs(answer.retryAfter, now),
    );
  }
  if (status < 200 || status > 299)
    throw new PermanentError('read_failed', `${what}: the product answered ${status}`);
}

export function joinUrl(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`;
}
