import type { Change, Delivery } from '../spool/types.ts';
import { backoffMs, type BackoffRule } from './backoff.ts';
import { BATCH_EVENTS, BLOCKED_BACKOFF, OUTAGE_BACKOFF, ROW_ATTEMPTS, ROW_BACKOFF } from './limits.ts';
import type { BatchAnswer, EventResult } from './odoo-client.ts';
import type { DeliveryDeps, Parcel } from './types.ts';

/**
 * What an answer of Odoo means for the rows of the batch and for the pace of the backend.
 *
 * A batch that fails as a whole is halved until one row is alone. A row alone that fails steps aside, so that the next one can show
 * whether the fault is the row's or Odoo's: only when another one got through does its failure count as an attempt.
 */
export class Outcome {
  private readonly deps: DeliveryDeps;
  private readonly suspects = new Map<number, { row: Delivery; code: string; message: string }>();
  private failures = 0;
  batchLimit = BATCH_EVENTS;
  /** Nothing is sent before this time. */
  pausedUntil = 0;
  since: number | null = null;
  trouble: string | null = null;
  /** Why Odoo refuses us; null while it does not. */
  blocked: string | null = null;

  constructor(deps: DeliveryDeps) {
    this.deps = deps;
  }

  settle(answer: BatchAnswer, parcels: readonly Parcel[]): Change[] {
    if (answer.kind === 'results') return this.results(answer.results, parcels);
    if (answer.kind === 'unavailable') {
      this.pause(answer.code, answer.message, answer.retryAfterMs);
      return [];
    }
    if (answer.kind === 'blocked') {
      this.blocked = `${answer.code}: ${answer.message}`;
      this.pause(answer.code, answer.message, null, BLOCKED_BACKOFF);
      return [];
    }
    return this.halve(answer, parcels);
  }

  /** The whole backend waits: no row pays for it with an attempt. */
  pause(
    code: string,
    message: string,
    askedMs: number | null = null,
    rule: BackoffRule = OUTAGE_BACKOFF,
  ): void {
    const now = this.deps.clock.now();
    this.failures += 1;
    this.since ??= now;
    this.trouble = `${code}: ${message}`;
    const wait = Math.max(askedMs ?? 0, backoffMs(this.failures, rule, this.deps.random));
    this.pausedUntil = now + wait;
    const level = this.blocked === null ? 'warn' : 'error';
    this.deps.log[level]('backend_paused', {
      backend: this.deps.backend,
      reason: code,
      error: message,
      wait_ms: wait,
    });
  }

  private halve(answer: Extract<BatchAnswer, { code: string }>, parcels: readonly Parcel[]): Change[] {
    const [first] = parcels;
    if (parcels.length > 1 || first === undefined) {
      this.batchLimit = Math.max(1, Math.floor(parcels.length / 2));
      return [];
    }
    if (answer.kind === 'unsuitable' && answer.ours)
      return [this.dead(first.row, answer.code, answer.message, first.row.attempts + 1)];
    const { code, message } = answer;
    this.suspects.set(first.row.seq, { row: first.row, code, message });
    this.pause(code, message);
    return [this.retry(first.row, code, message, first.row.attempts)];
  }

  private results(results: ReadonlyMap<string, EventResult>, parcels: readonly Parcel[]): Change[] {
    this.failures = 0;
    this.pausedUntil = 0;
    this.since = this.trouble = this.blocked = null;
    this.batchLimit = Math.min(BATCH_EVENTS, this.batchLimit * 2);
    for (const { row } of parcels) this.suspects.delete(row.seq);
    const suspects = [...this.suspects.values()].map(({ row, code, message }) =>
      this.ownFailure(row, code, message),
    );
    this.suspects.clear();
    return [...parcels.map(({ row }) => this.result(row, results.get(row.event_id))), ...suspects];
  }

  private result(row: Delivery, result: EventResult | undefined): Change {
    if (result === undefined)
      return this.ownFailure(row, 'no_result', 'Odoo answered the batch but not this event');
    const { backend, clock, metrics, log } = this.deps;
    metrics.delivered.inc({ backend, status: result.status });
    const answer = JSON.stringify(result);
    if (result.status === 'rejected') {
      return {
        ...this.dead(row, result.code, result.remedy || 'Odoo does not take this event', row.attempts + 1),
        answer,
      };
    }
    log.debug('delivered', { backend, event_id: row.event_id, status: result.status });
    return {
      seq: row.seq,
      to: 'done',
      answer,
      reason: null,
      last_error: null,
      attempts: row.attempts + 1,
      finished_at: clock.now(),
    };
  }

  private ownFailure(row: Delivery, code: string, message: string): Change {
    const attempts = row.attempts + 1;
    return attempts >= ROW_ATTEMPTS
      ? this.dead(row, code, message, attempts)
      : this.retry(row, code, message, attempts);
  }

  private retry(row: Delivery, code: string, message: string, attempts: number): Change {
    const next = this.deps.clock.now() + backoffMs(attempts + 1, ROW_BACKOFF, this.deps.random);
    this.deps.log.warn('delivery_retry', {
      backend: row.backend,
      event_id: row.event_id,
      reason: code,
      attempts,
    });
    return {
      seq: row.seq,
      to: 'pending',
      reason: code,
      last_error: message,
      attempts,
      next_attempt_at: next,
    };
  }

  private dead(row: Delivery, code: string, message: string, attempts: number): Change {
    this.deps.metrics.dead.inc({ backend: row.backend, reason: code });
    this.deps.log.error('delivery_dead', { backend: row.backend, event_id: row.event_id, reason: code });
    return {
      seq: row.seq,
      to: 'dead',
      reason: code,
      last_error: message,
      attempts,
      finished_at: this.deps.clock.now(),
    };
  }
}
