import { PermanentError, RetryableError, describeError } from '../errors.ts';
import type { Change, Delivery } from '../spool/types.ts';
import { backoffMs } from './backoff.ts';
import {
  BLOCKED_BACKOFF,
  FETCH_ATTEMPTS,
  FETCH_BACKOFF,
  FETCH_FAILURES,
  FETCH_PARALLEL,
  NEWER_DELIVERIES,
} from './limits.ts';
import type { DeliveryDeps, FetchRun, Stored } from './types.ts';

/** A row that found nothing or an old state: its own tries count. Everything else is the source's trouble. */
const ROW_CODES = new Set(['not_there_yet', 'stale_read']);

/**
 * Jobs that a delivery needs before it can be sent: its reads, or to be recognised after a redrive. One job per subject at a time;
 * what a job found out is in the spool before the subject is free again.
 */
export class Completion {
  private readonly jobs = new Map<string, Promise<void>>();
  private readonly failures = new Map<number, { count: number; since: number }>();
  private readonly deps: DeliveryDeps;
  private readonly onFree: () => void;
  private refusals = 0;
  private lastSuccess = 0;
  /** No read before this time: the product asked for a pause or refuses us. */
  pausedUntil = 0;
  /** Why the product refuses us; null while it does not. */
  refused: string | null = null;

  constructor(deps: DeliveryDeps, onFree: () => void) {
    this.deps = deps;
    this.onFree = onFree;
  }

  busySubjects(): Iterable<string> {
    return this.jobs.keys();
  }

  /** True when another read may start now. */
  hasRoom(now: number): boolean {
    return this.jobs.size < FETCH_PARALLEL && now >= this.pausedUntil;
  }

  fetch(key: string, row: Delivery, run: FetchRun): void {
    this.start(key, row, async () => this.deps.spool.change([await this.fetchOne(row, run)]));
  }

  recognise(key: string, row: Delivery): void {
    this.start(key, row, async () => {
      const body = this.deps.spool.body(row.seq);
      const { held, ...found } = this.deps.handling.identifyAgain(
        row.event,
        body ?? Buffer.alloc(0),
        row.context,
      );
      if (held) await this.deps.spool.change([this.held(row, held.reason, held.message)]);
      else if (!(await this.deps.spool.recognise(row.seq, found))) {
        const answer = JSON.stringify({ status: 'duplicate', code: 'known_event', remedy: '' });
        await this.deps.spool.change([
          { seq: row.seq, to: 'done', reason: null, answer, finished_at: this.deps.clock.now() },
        ]);
      }
    });
  }

  /** Resolves when the jobs that run now are over. */
  async settled(): Promise<void> {
    await Promise.all(this.jobs.values());
  }

  private start(key: string, row: Delivery, work: () => Promise<unknown>): void {
    const { log, backend } = this.deps;
    const job = work()
      .catch((error: unknown) => {
        log.error('completion_failed', { backend, event_id: row.event_id, error: describeError(error) });
      })
      .then(() => {
        this.jobs.delete(key);
        this.onFree();
      });
    this.jobs.set(key, job);
  }

  private async fetchOne(row: Delivery, run: FetchRun): Promise<Change> {
    try {
      const { text: fetched, movedOn } = await run(() => this.newer(row));
      if (movedOn) this.deps.log.info('read_moved_on', { backend: row.backend, event_id: row.event_id });
      this.refusals = 0;
      this.refused = null;
      this.lastSuccess = this.deps.clock.now();
      this.failures.delete(row.seq);
      return {
        seq: row.seq,
        to: 'pending',
        fetched,
        attempts: 0,
        next_attempt_at: 0,
        reason: null,
        last_error: null,
      };
    } catch (error) {
      return this.afterFailure(row, error);
    }
  }

  /** Those whose bodies have been purged say nothing any more. */
  private newer(row: Delivery): Stored[] {
    const { spool } = this.deps;
    return spool.newer(row, NEWER_DELIVERIES).flatMap(({ seq, context }) => {
      const body = spool.body(seq);
      return body === null ? [] : [{ body, context }];
    });
  }

  private afterFailure(row: Delivery, error: unknown): Change {
    if (error instanceof RetryableError)
      return ROW_CODES.has(error.code) ? this.again(row, error) : this.later(row, error);
    if (error instanceof PermanentError) return this.held(row, error.code, error.message);
    if (error instanceof Error && 'code' in error && error.code === 'read_refused')
      return this.refusedBy(row, error);
    this.deps.log.error('fetch_bug', {
      backend: row.backend,
      event_id: row.event_id,
      error: describeError(error),
    });
    return this.held(row, 'internal', 'the read failed inside the sidecar');
  }

  /** Not committed there yet, or an old state: a try of this row. */
  private again(row: Delivery, error: RetryableError): Change {
    const attempts = row.attempts + 1;
    if (attempts >= FETCH_ATTEMPTS)
      return this.held(row, error.code, `${error.message} (after ${attempts} reads)`, attempts);
    return this.retry(row, error, attempts, backoffMs(attempts, FETCH_BACKOFF, this.deps.random));
  }

  /** The source does not answer as it should: no try of the row, unless it fails alone again and again. */
  private later(row: Delivery, error: RetryableError): Change {
    const now = this.deps.clock.now();
    if (error.code === 'rate_limited') {
      this.pausedUntil = Math.max(this.pausedUntil, now + (error.retryAfterMs ?? 0));
      return this.retry(row, error, row.attempts, error.retryAfterMs ?? 0);
    }
    const failed = this.failures.get(row.seq) ?? { count: 0, since: now };
    failed.count += 1;
    this.failures.set(row.seq, failed);
    if (failed.count >= FETCH_FAILURES && this.lastSuccess > failed.since) {
      this.failures.delete(row.seq);
      return this.held(row, error.code, `${error.message} (while other reads went well)`);
    }
    if (error.retryAfterMs !== null) this.pausedUntil = Math.max(this.pausedUntil, now + error.retryAfterMs);
    const wait = Math.max(error.retryAfterMs ?? 0, backoffMs(failed.count, FETCH_BACKOFF, this.deps.random));
    return this.retry(row, error, row.attempts, wait);
  }

  /** The credential is not taken: reading stops for the whole backend, and comes back by itself when it is taken again. */
  private refusedBy(row: Delivery, error: Error): Change {
    this.refusals += 1;
    this.refused = error.message;
    const wait = backoffMs(this.refusals, BLOCKED_BACKOFF, this.deps.random);
    this.pausedUntil = this.deps.clock.now() + wait;
    this.deps.metrics.fetchRetries.inc({ backend: row.backend, reason: 'read_refused' });
    this.deps.log.error('read_refused', {
      backend: row.backend,
      event_id: row.event_id,
      error: error.message,
      wait_ms: wait,
    });
    return { seq: row.seq, to: 'pending', reason: 'read_refused', last_error: error.message };
  }

  private retry(row: Delivery, error: RetryableError, attempts: number, wait: number): Change {
    this.deps.metrics.fetchRetries.inc({ backend: row.backend, reason: error.code });
    this.deps.log.info('fetch_retry', {
      backend: row.backend,
      event_id: row.event_id,
      reason: error.code,
      attempts,
      wait_ms: wait,
    });
    const next = this.deps.clock.now() + wait;
    return {
      seq: row.seq,
      to: 'pending',
      reason: error.code,
      last_error: describeError(error),
      attempts,
      next_attempt_at: next,
    };
  }

  held(row: Delivery, reason: string, message: string, attempts = row.attempts): Change {
    this.deps.metrics.held.inc({ backend: row.backend, reason });
    this.deps.log.warn('delivery_held', { backend: row.backend, event_id: row.event_id, reason });
    return { seq: row.seq, to: 'held', reason, last_error: message, attempts };
  }
}
