import { SECOND } from '../clock.ts';
import { RetryableError, describeError } from '../errors.ts';
import type { HttpAnswer } from '../http-client.ts';
import type { OutboxMessage, WriteOutcome } from '../sources/write-plan.ts';
import {
  BATCH_TIMEOUT_MS,
  failureOf,
  odooHeaders,
  parseObject,
  type OdooFailure,
  type OdooOptions,
} from './odoo-client.ts';

const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

export interface LeasedMessage extends OutboxMessage {
  token: string;
  key: string;
  contract_hash: string;
}

export interface Lease {
  messages: LeasedMessage[];
  /** What Odoo sent and cannot be read, as far as it can be answered for. */
  unreadable: { id: string; token: string }[];
  leaseMs: number;
  more: boolean;
}

export interface Result {
  id: string;
  token: string;
  outcome: WriteOutcome;
}

export type LeaseAnswer = { kind: 'lease'; lease: Lease } | OdooFailure;
/** `stale`: another lease has them by now. */
export type SettleAnswer = { kind: 'settled'; stale: string[] } | OdooFailure;

export interface OutboxClient {
  lease(limit: number, signal: AbortSignal): Promise<LeaseAnswer>;
  settle(results: readonly Result[], signal: AbortSignal): Promise<SettleAnswer>;
}

/** Odoo's side of the outbox (docs/architecture.md §5). */
export function createOutboxClient(options: OdooOptions & { environment: string }): OutboxClient {
  const base = `${options.url.replace(/\/+$/, '')}/millwright/v1/${options.backend}/outbox`;
  const headers = { ...odooHeaders(options), 'content-type': 'application/json' };
  const post = async <T>(
    path: string,
    body: unknown,
    signal: AbortSignal,
    read: (document: Record<string, unknown> | null) => T | null,
  ): Promise<T | OdooFailure> => {
    let answer: HttpAnswer;
    try {
      answer = await options.call({
        method: 'POST',
        url: `${base}/${path}`,
        headers,
        body: JSON.stringify(body),
        timeoutMs: BATCH_TIMEOUT_MS,
        maxBytes: ANSWER_MAX_BYTES,
        signal,
      });
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      const { code, retryAfterMs } = error;
      return { kind: 'unavailable', code, message: describeError(error), retryAfterMs };
    }
    const document = parseObject(answer.body);
    if (answer.status !== 200) return failureOf(answer.status, document, answer.retryAfter, options.now());
    const value = read(document);
    if (value !== null) return value;
    return {
      kind: 'blocked',
      code: 'not_our_endpoint',
      message: `Odoo answered 200 to ${path} with something else`,
    };
  };
  return {
    lease: (limit, signal) =>
      post<LeaseAnswer>('lease', { environment: options.environment, limit }, signal, readLease),
    settle: (results, signal) =>
      post<SettleAnswer>('settle', { results: results.map(resultDocument) }, signal, readSettled),
  };
}

function resultDocument({ id, token, outcome }: Result): Record<string, unknown> {
  const { status, external_id, remote_version, code, message, retryAfterMs } = outcome;
  return {
    id,
    token,
    status,
    external_id,
    remote_version,
    code,
    message,
    retry_after_seconds: retryAfterMs === null ? null : Math.ceil(retryAfterMs / SECOND),
  };
}

function readLease(document: Record<string, unknown> | null): LeaseAnswer | null {
  const { messages, lease_seconds: seconds, more } = document ?? {};
  if (!Array.isArray(messages) || typeof seconds !== 'number') return null;
  const lease: Lease = { messages: [], unreadable: [], leaseMs: seconds * SECOND, more: more === true };
  for (const item of messages as unknown[]) {
    if (isMessage(item)) lease.messages.push(item);
    else {
      const { id, token } = (item ?? {}) as Record<string, unknown>;
      if (typeof id === 'string' && typeof token === 'string') lease.unreadable.push({ id, token });
    }
  }
  return { kind: 'lease', lease };
}

const TEXTS = ['id', 'token', 'flow', 'key', 'reference', 'version', 'occurred_at', 'contract_hash'] as const;

function isMessage(value: unknown): value is LeasedMessage {
  if (value === null || typeof value !== 'object') return false;
  const item = value as Record<string, unknown>;
  const { operation, external_id: id, fields, changed, attempts, doubt } = item;
  return (
    TEXTS.every((name) => typeof item[name] === 'string') &&
    ['create', 'update', 'delete'].includes(String(operation)) &&
    (id === null || typeof id === 'string') &&
    (changed === null || Array.isArray(changed)) &&
    typeof attempts === 'number' &&
    typeof doubt === 'boolean' &&
    fields !== null &&
    typeof fields === 'object'
  );
}

function readSettled(document: Record<string, unknown> | null): SettleAnswer | null {
  const list = document?.['results'];
  if (!Array.isArray(list)) return null;
  const stale = (list as Record<string, unknown>[]).filter(({ status }) => status === 'stale');
  return { kind: 'settled', stale: stale.map(({ id }) => String(id)) };
}
