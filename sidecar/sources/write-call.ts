import type { AnswerRule, Capture, Operation, WriteCall, WriteFlow } from '../contract.ts';
import { PermanentError, RetryableError } from '../errors.ts';
import { retryAfterMs, type HttpAnswer, type HttpRequest } from '../http-client.ts';
import { parseJson } from './identify.ts';
import { holds, type Scopes } from './paths.ts';
import { READ_MAX_BYTES, READ_TIMEOUT_MS, ReadRefusedError, joinUrl, type ReadAccess } from './read-call.ts';
import { fillAll, fillBody, fillTexts, firstText, wrap } from './write-body.ts';

export const WRITE_TIMEOUT_MS = READ_TIMEOUT_MS;

/** What an answer means for the record: it is taken, it is gone there, it may be there already, or as an error says. */
export type Verdict = 'ok' | 'gone' | 'look_up';

/** The request of one call; null when nothing of what it writes has changed. */
export function writeRequest(
  call: WriteCall,
  flow: WriteFlow,
  access: ReadAccess,
  scopes: Scopes,
  reasons: (name: string) => boolean,
): HttpRequest | null {
  const filled = call.body === null ? null : fillBody(call.body, scopes);
  if (call.partial && filled !== null && ![...filled.values].some(reasons)) return null;
  const writes = call.method !== 'GET';
  const url = addressOf(call, access, scopes);
  const query = { ...call.query, ...(writes ? flow.echo.query : {}) };
  for (const [name, value] of Object.entries(fillTexts(query, scopes))) url.searchParams.set(name, value);
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...(filled === null ? {} : { 'content-type': 'application/json' }),
    ...access.headers,
    ...fillTexts({ ...call.headers, ...(writes ? flow.echo.headers : {}) }, scopes),
    ...(call.override === null ? {} : { [call.override]: call.method }),
  };
  return {
    method: call.override === null ? call.method : 'POST',
    url: url.href,
    headers,
    ...(filled === null ? {} : { body: JSON.stringify(wrap(filled.body, call.wrap)) }),
    timeoutMs: WRITE_TIMEOUT_MS,
    maxBytes: READ_MAX_BYTES,
  };
}

/** An address out of an answer may lead to no other host: the credential goes along. */
function addressOf(call: WriteCall, access: ReadAccess, scopes: Scopes): URL {
  if (call.url === null)
    return new URL(joinUrl(access.base_url, fillAll(call.path ?? '/', scopes, encodeURIComponent)));
  const text = fillAll(call.url, scopes);
  const base = new URL(access.base_url);
  if (!URL.canParse(text, access.base_url) || new URL(text, base).origin !== base.origin)
    throw new PermanentError('write_address_foreign', `${call.as}: the address is at another host`);
  return new URL(text, base);
}

/** What is known of an answer: its parsed body, its headers. */
export function answerScopes(answer: HttpAnswer): { body: unknown; header: unknown } {
  return { body: parseJson(answer.body), header: answer.headers ?? {} };
}

/**
 * What the answer means by the rules of the call, of the flow, and of HTTP. Throws RetryableError (come again), PermanentError
 * (`DeadError`: for good; else a person looks), or ReadRefusedError (the credential is refused).
 */
export function judge(
  call: WriteCall,
  flow: WriteFlow,
  operation: Operation,
  answer: HttpAnswer,
  scopes: Scopes,
  now: number,
): Verdict {
  const rule = [...call.answers, ...flow.answers].find((item) => fits(item, answer, scopes));
  const what = `${call.as}: the product answered ${answer.status}`;
  const wait = retryAfterMs(answer.retryAfter, now);
  const code = rule?.code ?? `http_${answer.status}`;
  switch (rule?.then ?? byStatus(answer.status, operation)) {
    case 'ok':
      return 'ok';
    case 'gone':
      return 'gone';
    case 'look_up':
      return 'look_up';
    case 'retry':
      throw new RetryableError(code, what, wait);
    case 'dead':
      throw new DeadError(code, what);
    case 'refused':
      throw new ReadRefusedError(`${what} to our credential`);
    case 'held':
      throw new PermanentError(code, what);
  }
}

/** No try will ever succeed, and no person can change that at the product. */
export class DeadError extends PermanentError {
  override name = 'DeadError';
}

function fits(rule: AnswerRule, answer: HttpAnswer, scopes: Scopes): boolean {
  return (rule.status.length === 0 || rule.status.includes(answer.status)) && holds(rule.when, scopes);
}

function byStatus(status: number, operation: Operation): AnswerRule['then'] | 'refused' {
  if (status >= 200 && status <= 299) return 'ok';
  if (status === 401 || status === 403) return 'refused';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'retry';
  if ((status === 404 || status === 410) && operation !== 'create') return 'gone';
  return status === 409 && operation === 'create' ? 'look_up' : 'held';
}

export interface Captured {
  external_id: string | null;
  version: string | null;
}

export function captured(capture: Capture, scopes: Scopes): Captured {
  return {
    external_id: firstText(capture.external_id, scopes),
    version: firstText(capture.version, scopes),
  };
}
