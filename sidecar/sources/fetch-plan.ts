import type { EventRule, FetchRead } from '../contract.ts';
import { PermanentError, RetryableError } from '../errors.ts';
import { retryAfterMs, type HttpAnswer, type HttpCall } from '../http-client.ts';
import { parseJson } from './identify.ts';
import { fillTemplate, firstPresent, holds, type Scopes } from './paths.ts';

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

/** True when at least one read of the plan has to be made before this payload can go to Odoo. */
export function needsFetch(rule: EventRule, payload: unknown): boolean {
  const scopes: Scopes = { event: payload, fetched: {} };
  return rule.fetch.some((read) => isNeeded(read, scopes));
}

function isNeeded(read: FetchRead, scopes: Scopes): boolean {
  return firstPresent(read.unless, scopes) === undefined && holds(read.when, scopes);
}

/**
 * Makes the ordered reads and gives the JSON text of `fetched`; each answer is put in as received, not written again.
 * Throws RetryableError (come again: `not_there_yet` and `stale_read` count as tries of the row, other codes are the source's
 * trouble), PermanentError (a person must look) or ReadRefusedError.
 */
export async function runFetchPlan(
  rule: EventRule,
  payload: unknown,
  access: ReadAccess | null,
  call: HttpCall,
  now: () => number,
): Promise<string> {
  const scopes: Scopes = { event: payload, fetched: {} };
  const texts: string[] = [];
  for (const read of rule.fetch) {
    if (!isNeeded(read, scopes)) continue;
    if (access === null)
      throw new PermanentError(
        'read_not_configured',
        'the backend has no "read" section, so the record cannot be fetched',
      );
    const text = await runRead(read, scopes, access, call, now);
    texts.push(`${JSON.stringify(read.as)}:${text}`);
  }
  return `{${texts.join(',')}}`;
}

async function runRead(
  read: FetchRead,
  scopes: Scopes,
  access: ReadAccess,
  call: HttpCall,
  now: () => number,
): Promise<string> {
  const path = fillTemplate(read.path, scopes, encodeURIComponent);
  if (path === null) throw new PermanentError('read_path_missing', `${read.path}: a value is missing`);
  const answer = await call({
    method: read.method,
    url: joinUrl(access.base_url, path),
    headers: { accept: 'application/json', ...access.headers },
    timeoutMs: READ_TIMEOUT_MS,
    maxBytes: READ_MAX_BYTES,
  });
  if (answer.status === 404 && read.missing === 'skip') return 'null';
  if (answer.status === 404 && read.missing === 'hold')
    throw new PermanentError('record_missing', `${read.as}: the product does not know the record`);
  if (answer.status === 404)
    throw new RetryableError('not_there_yet', `${read.as}: the product does not know the record yet`);
  const value = readJsonAnswer(answer, read.as, now());
  scopes.fetched[read.as] = value;
  if (!holds(read.until, scopes))
    throw new RetryableError('stale_read', `${read.as}: the record still shows an older state`);
  return answer.body.toString('utf8');
}

/** The parsed body of a 2xx; every other status becomes the error that says whose trouble it is. */
export function readJsonAnswer(answer: HttpAnswer, what: string, now: number): unknown {
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
  const value = parseJson(answer.body);
  if (value === undefined) throw new RetryableError('source_unavailable', `${what}: the answer is not JSON`);
  return value;
}

export function joinUrl(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`;
}
