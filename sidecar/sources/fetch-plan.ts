import type { EventRule, FetchRead } from '../contract.ts';
import { PermanentError, RetryableError } from '../errors.ts';
import type { HttpCall } from '../http-client.ts';
import type { Context } from './identify.ts';
import { readPages, type PagedCall } from './pages.ts';
import { fillTemplate, firstPresent, holds, type Scopes } from './paths.ts';
import { joinUrl, readJsonAnswer, readRequest, type ReadAccess } from './read-call.ts';

/** What a delivery says. */
export interface Said {
  payload: unknown;
  context: Context;
}

/** JSON text of `fetched`; `movedOn` when a record had moved on since the delivery. */
export interface Fetched {
  text: string;
  movedOn: boolean;
}

/** True when at least one read of the plan has to be made before this payload can go to Odoo. */
export function needsFetch(rule: EventRule, payload: unknown, context: Context = {}): boolean {
  const scopes: Scopes = { ...context, event: payload, fetched: {} };
  return rule.fetch.some((read) => isNeeded(read, scopes));
}

function isNeeded(read: FetchRead, scopes: Scopes): boolean {
  return firstPresent(read.unless, scopes) === undefined && holds(read.when, scopes);
}

/**
 * Makes the ordered reads; each answer is put in as received, not written again. `newer` gives what newer deliveries of the same event
 * and subject say; it is asked when an answer does not hold `until`.
 * Throws RetryableError (come again: `not_there_yet` and `stale_read` count as tries of the row, other codes are the source's
 * trouble), PermanentError (a person must look) or ReadRefusedError.
 */
export async function runFetchPlan(
  rule: EventRule,
  payload: unknown,
  access: ReadAccess | null,
  call: HttpCall,
  now: () => number,
  context: Context = {},
  newer: () => Said[] = () => [],
): Promise<Fetched> {
  const scopes: Scopes = { ...context, event: payload, fetched: {} };
  const texts: string[] = [];
  let movedOn = false;
  for (const read of rule.fetch) {
    if (!isNeeded(read, scopes)) continue;
    if (access === null)
      throw new PermanentError(
        'read_not_configured',
        'the backend has no "read" section, so the record cannot be fetched',
      );
    const { text, value } = await runRead(read, scopes, access, call, now);
    texts.push(`${JSON.stringify(read.as)}:${text}`);
    if (value !== undefined && settle(read, scopes, value, newer)) movedOn = true;
  }
  return { text: `{${texts.join(',')}}`, movedOn };
}

/** `value` is undefined when there is no record and it may be missing. */
interface Answer {
  text: string;
  value: unknown;
}
const NO_RECORD: Answer = { text: 'null', value: undefined };

async function runRead(
  read: FetchRead,
  scopes: Scopes,
  access: ReadAccess,
  call: HttpCall,
  now: () => number,
): Promise<Answer> {
  const filled = fillRequest(read, scopes);
  if (filled.page !== null) return runPaged(filled, read, access, call, now);
  const url = new URL(joinUrl(access.base_url, filled.path));
  for (const [name, value] of Object.entries(filled.query)) url.searchParams.set(name, value);
  const answer = await call(readRequest(access, read.method, url, filled.headers, filled.body));
  if (answer.status === 404 && read.missing === 'skip') return NO_RECORD;
  if (answer.status === 404) throw missing(read);
  const value = readJsonAnswer(answer, read.as, now());
  return { text: answer.body.toString('utf8'), value };
}

/** All pages as one list. */
async function runPaged(
  filled: PagedCall,
  read: FetchRead,
  access: ReadAccess,
  call: HttpCall,
  now: () => number,
): Promise<Answer> {
  const items: string[] = [];
  const looked: HttpCall = async (request) => {
    const answer = await call(request);
    if (answer.status === 404) throw missing(read);
    return answer;
  };
  try {
    for await (const page of readPages(filled, access, looked, now))
      items.push(...page.map((item) => item.toString('utf8')));
  } catch (error) {
    if (error instanceof MissingRecord && read.missing === 'skip') return NO_RECORD;
    throw error;
  }
  const text = `[${items.join(',')}]`;
  return { text, value: JSON.parse(text) as unknown };
}

/** Not there yet: a try of the row. */
class MissingRecord extends RetryableError {
  constructor(as: string) {
    super('not_there_yet', `${as}: the product does not know the record yet`);
  }
}

function missing(read: FetchRead): Error {
  if (read.missing === 'hold')
    return new PermanentError('record_missing', `${read.as}: the product does not know the record`);
  return new MissingRecord(read.as);
}

/** Puts the answer where paths find it; true when the record has moved on. Throws when it may be too old. */
function settle(read: FetchRead, scopes: Scopes, value: unknown, newer: () => Said[]): boolean {
  scopes.fetched[read.as] = value;
  if (holds(read.until, scopes)) return false;
  if (hasMovedOn(read, scopes, newer())) return true;
  throw new RetryableError('stale_read', `${read.as}: the record still shows an older state`);
}

/**
 * Whether the record has moved on: the answer shows what a newer delivery says, so it is new enough for this one, whose own state will
 * not come back. That there is a newer one proves nothing, as the answer may be older than both. Its read has to be the same call, as
 * a subject may have several records. Like `until` itself this takes a state that came twice for the later one.
 */
function hasMovedOn(read: FetchRead, scopes: Scopes, newer: Said[]): boolean {
  const call = callText(read, scopes);
  return newer.some(({ payload, context }) => {
    const other: Scopes = { ...context, event: payload, fetched: scopes.fetched };
    return holds(read.when, other) && holds(read.until, other) && callText(read, other) === call;
  });
}

/** The call that a read makes of a payload, to compare; null when the payload lacks a value for it. */
function callText(read: FetchRead, scopes: Scopes): string | null {
  try {
    return JSON.stringify(fillRequest(read, scopes));
  } catch (error) {
    if (error instanceof PermanentError) return null;
    throw error;
  }
}

/** Every template filled: values in the path are URL-encoded, in texts of query, headers and body they stand as they are. */
function fillRequest(read: FetchRead, scopes: Scopes): PagedCall {
  const fill = (template: string, encode?: (text: string) => string): string => {
    const text = fillTemplate(template, scopes, encode);
    if (text === null) throw new PermanentError('read_path_missing', `${template}: a value is missing`);
    return text;
  };
  const fillAll = (texts: Record<string, string>) =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fill(text)]));
  const body =
    read.body === null
      ? null
      : (JSON.parse(JSON.stringify(read.body), (_key, value: unknown) =>
          typeof value === 'string' ? fill(value) : value,
        ) as Record<string, unknown>);
  const { method, page } = read;
  return {
    method,
    page,
    path: fill(read.path, encodeURIComponent),
    query: fillAll(read.query),
    headers: fillAll(read.headers),
    body,
  };
}
