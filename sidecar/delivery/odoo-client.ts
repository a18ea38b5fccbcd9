import { RetryableError, describeError } from '../errors.ts';
import { retryAfterMs, type HttpAnswer, type HttpCall } from '../http-client.ts';

export const BATCH_TIMEOUT_MS = 60_000;
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;

export interface EventResult {
  status: 'accepted' | 'duplicate' | 'held' | 'rejected';
  code: string;
  remedy: string;
}

/** What an answer to a batch means for us (docs/architecture.md §5). This file is the one that maps Odoo's answers. */
export type BatchAnswer =
  | { kind: 'results'; results: Map<string, EventResult> }
  /** Refused until a person acts: key, address, environment. */
  | { kind: 'blocked'; code: string; message: string }
  /** Something in the batch; `ours` when the addon itself said so and not a proxy before it. */
  | { kind: 'unsuitable'; code: string; message: string; ours: boolean }
  /** A fault inside Odoo, maybe because of one event. */
  | { kind: 'failed'; code: string; message: string }
  /** Not there for the moment. */
  | { kind: 'unavailable'; code: string; message: string; retryAfterMs: number | null };

export type OdooFailure = Exclude<BatchAnswer, { kind: 'results' }>;

export interface OdooClient {
  send(events: readonly Buffer[], signal: AbortSignal): Promise<BatchAnswer>;
}

export interface OdooOptions {
  backend: string;
  url: string;
  database: string;
  apiKey: string;
  call: HttpCall;
  now: () => number;
}

export function createOdooClient(options: OdooOptions): OdooClient {
  const url = `${options.url.replace(/\/+$/, '')}/millwright/v1/${options.backend}/events`;
  const headers = { ...odooHeaders(options), 'content-type': 'application/cloudevents-batch+json' };
  return {
    async send(events, signal) {
      const body = joinBatch(events);
      try {
        const request = {
          method: 'POST' as const,
          url,
          headers,
          body,
          timeoutMs: BATCH_TIMEOUT_MS,
          maxBytes: ANSWER_MAX_BYTES,
          signal,
        };
        return readAnswer(await options.call(request), options.now());
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        return {
          kind: 'unavailable',
          code: error.code,
          message: describeError(error),
          retryAfterMs: error.retryAfterMs,
        };
      }
    },
  };
}

/** The key, and the database that it is for. */
export function odooHeaders({ apiKey, database }: OdooOptions): Record<string, string> {
  return {
    authorization: `Bearer ${apiKey}`,
    'x-odoo-database': database,
    accept: 'application/json',
  };
}

function joinBatch(events: readonly Buffer[]): Buffer {
  const comma = Buffer.from(',');
  const parts = events.flatMap((event, index) => (index === 0 ? [event] : [comma, event]));
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')]);
}

export function readAnswer(answer: HttpAnswer, now: number): BatchAnswer {
  const { status } = answer;
  const document = parseObject(answer.body);
  if (status === 200) return readResults(document);
  return failureOf(status, document, answer.retryAfter, now);
}

/** What an answer other than 200 means for a call to the addon. */
export function failureOf(
  status: number,
  document: Record<string, unknown> | null,
  retryAfter: string | null,
  now: number,
): OdooFailure {
  const error = parseError(document);
  const code = error?.code ?? `http_${status}`;
  const message = error ? `${error.message} ${error.remedy}`.trim() : `Odoo answered ${status}`;
  if (status === 400 || status === 413 || status === 422)
    return { kind: 'unsuitable', code, message, ours: error !== null };
  if (status === 429 || status === 503)
    return { kind: 'unavailable', code, message, retryAfterMs: retryAfterMs(retryAfter, now) };
  if (status === 408 || status === 502 || status === 504)
    return { kind: 'unavailable', code, message, retryAfterMs: null };
  if (status >= 500) return { kind: 'failed', code, message };
  if (status === 404 && error === null) {
    // What Odoo says of every address of ours while it cannot reach its database: that passes sooner than a wrong setting.
    const why = 'it cannot reach the database now, or the addon is not installed in it';
    return { kind: 'unavailable', code, message: `${message}: ${why}`, retryAfterMs: null };
  }
  return { kind: 'blocked', code, message };
}

const STATUSES = ['accepted', 'duplicate', 'held', 'rejected'] as const;

function readResults(document: Record<string, unknown> | null): BatchAnswer {
  const list = document?.['results'];
  if (!Array.isArray(list))
    return { kind: 'blocked', code: 'not_our_endpoint', message: 'Odoo answered 200 without results' };
  const results = new Map<string, EventResult>();
  for (const item of list as unknown[]) {
    const { id, status, code, remedy } = (item ?? {}) as Record<string, unknown>;
    const known = STATUSES.find((s) => s === status);
    if (typeof id === 'string' && known)
      results.set(id, { status: known, code: text(code), remedy: text(remedy) });
  }
  return { kind: 'results', results };
}

export function parseObject(body: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // a proxy's page: the status alone decides
  }
}

function parseError(
  document: Record<string, unknown> | null,
): { code: string; message: string; remedy: string } | null {
  const error = document?.['error'];
  if (error === null || typeof error !== 'object') return null;
  const { code, message, remedy } = error as Record<string, unknown>;
  return typeof code === 'string' ? { code, message: text(message), remedy: text(remedy) } : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
