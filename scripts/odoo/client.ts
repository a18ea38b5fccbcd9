import OdooAwait from 'odoo-await';
import { BringUpError } from './errors.ts';

export interface Connection {
  url: string;
  db: string;
  user: string;
  password: string;
  /** For each call; default 60 s. Installing an addon needs more. */
  timeoutMs?: number;
}

type Values = Record<string, unknown>;
type Domain = unknown[];

/** What we use of Odoo's external API. Every call ends: with a value, an OdooCallError, or a timeout. */
export interface OdooClient {
  readonly uid: number;
  readonly db: string;
  readonly url: string;
  create(model: string, values: Values): Promise<number>;
  read<T>(model: string, ids: number[], fields: string[]): Promise<T[]>;
  update(model: string, ids: number[], values: Values): Promise<void>;
  delete(model: string, ids: number[]): Promise<void>;
  search(model: string, domain: Domain, options?: SearchOptions): Promise<number[]>;
  searchRead<T>(model: string, domain: Domain, fields: string[], options?: SearchOptions): Promise<T[]>;
  /** Any public method; a method that returns None gives null. `timeoutMs` for this call only. */
  call(
    model: string,
    method: string,
    args?: unknown[],
    kwargs?: Values,
    timeoutMs?: number,
  ): Promise<unknown>;
}

export interface SearchOptions {
  limit?: number;
  offset?: number;
  order?: string;
  context?: Values;
}

/** What Odoo answered to a call, as one line without its traceback. */
export class OdooCallError extends BringUpError {
  /** 1 any error, 2 a rule of the business, 3 access denied (login), 4 access rights; undefined: not from Odoo. */
  readonly faultCode: number | undefined;

  constructor(code: string, message: string, faultCode?: number, options?: ErrorOptions) {
    super(code, message, options);
    this.name = 'OdooCallError';
    this.faultCode = faultCode;
  }
}

const TIMEOUT_MS = 60_000;

/** Logs in over XML-RPC (odoo-await) and gives a client; the password may be an API key. */
export async function connectOdoo(connection: Connection): Promise<OdooClient> {
  const { url, db, user, password, timeoutMs = TIMEOUT_MS } = connection;
  const odoo = new OdooAwait({ baseUrl: url, db, username: user, password });
  const uid = (await guarded(
    `log in to ${url}, database "${db}", as "${user}"`,
    timeoutMs,
    () => odoo.connect() as Promise<unknown>,
  )) as number;

  const call: OdooClient['call'] = (model, method, args = [], kwargs = {}, callTimeoutMs = timeoutMs) =>
    guarded(
      `${model}.${method}`,
      callTimeoutMs,
      () => odoo.execute_kw(model, method, [args, kwargs]) as Promise<unknown>,
    );
  return {
    uid,
    db,
    url,
    call,
    create: async (model, values) => (await call(model, 'create', [values])) as number,
    read: async <T>(model: string, ids: number[], fields: string[]) =>
      (await call(model, 'read', [ids], { fields })) as T[],
    update: async (model, ids, values) => {
      await call(model, 'write', [ids, values]);
    },
    delete: async (model, ids) => {
      await call(model, 'unlink', [ids]);
    },
    search: async (model, domain, options = {}) =>
      (await call(model, 'search', [domain], { ...options })) as number[],
    searchRead: async <T>(model: string, domain: Domain, fields: string[], options: SearchOptions = {}) =>
      (await call(model, 'search_read', [domain], { fields, ...options })) as T[],
  };
}

/** odoo-await has no timeout, rejects with strings, and passes tracebacks on: this puts all three right. */
async function guarded(what: string, timeoutMs: number, work: () => Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new OdooCallError('ODOO_TIMEOUT', `Odoo did not answer within ${timeoutMs / 1000} s (${what}).`),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    if (error instanceof OdooCallError) throw error;
    if (returnedNone(error)) return null;
    throw explain(what, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Odoo cannot send None over XML-RPC and answers a fault AFTER it committed: the call has worked. */
function returnedNone(error: unknown): boolean {
  return faultOf(error)?.text.includes('cannot marshal None') ?? false;
}

function faultOf(error: unknown): { code: number; text: string } | undefined {
  if (typeof error !== 'object' || error === null || !('faultString' in error)) return undefined;
  const code = 'faultCode' in error ? Number(error.faultCode) : 1;
  return { code, text: String(error.faultString) };
}

/** Makes one sentence of what odoo-await rejects with. */
export function explain(what: string, error: unknown): OdooCallError {
  const fault = faultOf(error);
  if (fault !== undefined) {
    return new OdooCallError(
      'ODOO_FAULT',
      `Odoo refused (${what}): ${withoutTraceback(fault.text)}`,
      fault.code,
    );
  }
  const text = typeof error === 'string' ? error : error instanceof Error ? error.message : String(error);
  const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  const remedy = refused
    ? ' Is Odoo running at that address?'
    : typeof error === 'string'
      ? ' Check database, user and password.'
      : '';
  return new OdooCallError(
    'ODOO_UNREACHABLE',
    `Could not ${what}: ${(text || 'connection failed').replace(/\.+$/, '')}.${remedy}`,
    undefined,
    { cause: error },
  );
}

/** A fault of code 1 is a whole Python traceback: its last line says what happened. */
export function withoutTraceback(text: string): string {
  if (!text.includes('Traceback (most recent call last)')) return text.trim();
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
