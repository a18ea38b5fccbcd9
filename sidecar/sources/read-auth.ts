import { createHmac } from 'node:crypto';
import { MINUTE, SECOND } from '../clock.ts';
import type { ClientCredentials, ReadRule, RequestSigning, SessionAuth } from '../contract.ts';
import type { HttpAnswer, HttpCall, HttpRequest } from '../http-client.ts';
import { firstPresent } from './paths.ts';
import {
  READ_MAX_BYTES,
  READ_TIMEOUT_MS,
  ReadRefusedError,
  joinUrl,
  readJsonAnswer,
  type ReadAccess,
} from './read-call.ts';
import { readTime } from './timestamp.ts';

/** A token is renewed so long before it ends. */
const EARLY_MS = MINUTE;

export interface ReadOptions {
  base_url: string;
  /** `name:secret` where the scheme has both; for signed requests ids may stand before, the key is the last part. */
  credential: string;
  /** Where tokens are asked for, when that is another address. */
  login_url?: string | null;
}

/** What goes along with every call: constants, and the credential where it is one. */
export function readAccess(rule: ReadRule, { base_url, credential }: ReadOptions): ReadAccess {
  const { auth, headers, user_agent: agent } = rule;
  const fixed = { ...headers, ...(agent === null ? {} : { 'user-agent': agent }) };
  if (auth.profile === 'header') return { base_url, headers: { ...fixed, [auth.header]: credential } };
  if (auth.profile === 'bearer')
    return { base_url, headers: { ...fixed, authorization: `Bearer ${credential}` } };
  if (auth.profile === 'basic') return { base_url, headers: { ...fixed, authorization: basic(credential) } };
  return { base_url, headers: fixed };
}

/** Adds what has to be fetched or computed for a call: tokens, which are kept and renewed, and signatures. */
export function authorised(
  rule: ReadRule,
  options: ReadOptions,
  call: HttpCall,
  now: () => number,
): HttpCall {
  const { auth } = rule;
  if (auth.profile === 'signed')
    return (request) => call(signRequest(auth, options.credential, request, now()));
  if (auth.profile !== 'oauth2_client' && auth.profile !== 'session') return call;
  const fixed = readAccess(rule, options).headers;
  let known: Token | null = null;
  let asking: Promise<Token> | null = null;
  const token = async (): Promise<Token> => {
    if (known !== null && now() < known.until) return known;
    asking ??= askToken(auth, options, fixed, call, now).finally(() => (asking = null));
    return (known = await asking);
  };
  const withToken = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { header, value } = await token();
    return call({ ...request, headers: { ...request.headers, [header]: value } });
  };
  return async (request) => {
    const answer = await withToken(request);
    if (answer.status !== 401) return answer;
    known = null; // ended before its time: a new one, once
    return withToken(request);
  };
}

interface Token {
  header: string;
  value: string;
  until: number;
}

async function askToken(
  auth: ClientCredentials | SessionAuth,
  options: ReadOptions,
  fixed: Record<string, string>,
  call: HttpCall,
  now: () => number,
): Promise<Token> {
  const base = options.login_url ?? options.base_url;
  const request = auth.profile === 'session' ? login(auth, options, base) : grant(auth, options, base);
  const answer = await call({ ...request, headers: { ...fixed, ...request.headers } });
  const refused = answer.status === 400 ? { ...answer, status: 401 } : answer;
  const document = readJsonAnswer(refused, 'login', now());
  const at = (paths: readonly string[]) =>
    firstPresent(
      paths.map((path) => `event.${path}`),
      { event: document, fetched: {} },
    );
  const token = at(auth.profile === 'session' ? auth.token : ['access_token']);
  if (typeof token !== 'string' || token === '')
    throw new ReadRefusedError('login: the answer has no token where the contract says');
  if (auth.profile === 'session') {
    const until = endOf(at(auth.expires), now()) ?? now() + auth.lifetime_seconds * SECOND;
    return { header: auth.header, value: `${auth.prefix}${token}`, until: until - EARLY_MS };
  }
  const seconds = Number(at(['expires_in']) ?? 300);
  return { header: 'authorization', value: `Bearer ${token}`, until: now() + seconds * SECOND - EARLY_MS };
}

function grant(auth: ClientCredentials, { credential }: ReadOptions, base: string): HttpRequest {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (auth.scope !== null) form.set('scope', auth.scope);
  const [id, secret] = pair(credential);
  if (auth.client_in === 'body') {
    form.set('client_id', id);
    form.set('client_secret', secret);
  }
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    ...(auth.client_in === 'header' ? { authorization: basic(credential) } : {}),
  };
  return post(joinUrl(base, auth.token_path), headers, form.toString());
}

function login(auth: SessionAuth, { credential }: ReadOptions, base: string): HttpRequest {
  const [user, password] = pair(credential);
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const body = JSON.stringify({ [auth.user_field]: user, [auth.password_field]: password });
  return post(joinUrl(base, auth.login_path), headers, body);
}

function post(url: string, headers: Record<string, string>, body: string): HttpRequest {
  return { method: 'POST', url, headers, body, timeoutMs: READ_TIMEOUT_MS, maxBytes: READ_MAX_BYTES };
}

/** A time, or how many seconds from now. */
function endOf(value: unknown, now: number): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const number = Number(value);
  if (number > 0 && number < 100_000_000) return now + number * SECOND;
  return readTime(String(value), 'auto');
}

/** The query gets its constants first; then the parts are signed in their order. */
function signRequest(
  auth: RequestSigning,
  credential: string,
  request: HttpRequest,
  now: number,
): HttpRequest {
  const url = new URL(request.url);
  const ids = credential.split(':');
  const key = ids.pop() ?? '';
  for (const [name, template] of Object.entries(auth.query)) {
    const text = template
      .replaceAll('{now_ms}', String(now))
      .replaceAll('{now_s}', String(Math.floor(now / SECOND)))
      .replaceAll(/\{credential\.(\d)\}/g, (_all, index: string) => ids[Number(index)] ?? '');
    url.searchParams.set(name, text);
  }
  const parts: Record<string, string> = {
    method: request.method,
    host: url.host,
    path: url.pathname,
    query: url.search,
  };
  const hmac = createHmac(auth.algorithm, key);
  for (const part of auth.message) {
    if (typeof part !== 'string') hmac.update(part.text);
    else if (part === 'body') hmac.update(request.body ?? '');
    else hmac.update(parts[part] ?? '');
  }
  const signature = `${auth.prefix}${hmac.digest(auth.encoding)}`;
  return { ...request, url: url.href, headers: { ...request.headers, [auth.header]: signature } };
}

function basic(credential: string): string {
  return `Basic ${Buffer.from(credential).toString('base64')}`;
}

function pair(credential: string): [string, string] {
  const at = credential.indexOf(':');
  return at < 0 ? [credential, ''] : [credential.slice(0, at), credential.slice(at + 1)];
}
