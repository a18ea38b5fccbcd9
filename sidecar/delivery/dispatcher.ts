import type { DeliveryStatus } from '../status.ts';
import { describeError } from '../errors.ts';
import type { Change, Delivery } from '../spool/types.ts';
import { Completion } from './completion.ts';
import { BATCH_BYTES, BATCH_EVENTS } from './limits.ts';
import { Outcome } from './outcome.ts';
import type { DeliveryDeps, FetchRun, Parcel } from './types.ts';

/**
 * Carries the deliveries of one backend to Odoo: one batch at a time, in the order of arrival per subject. A subject whose first
 * delivery waits (for a read or a backoff) waits with it; others pass. It sleeps until something is accepted or due.
 */
export class Dispatcher {
  private readonly deps: DeliveryDeps;
  private readonly completion: Completion;
  private readonly outcome: Outcome;
  private readonly abort = new AbortController();
  private readonly thin = new Set<number>();
  private running: Promise<void> | null = null;
  private again = false;
  private stopping = false;
  private cancelTimer: () => void = () => {};

  constructor(deps: DeliveryDeps) {
    this.deps = deps;
    this.completion = new Completion(deps, () => {
      this.wake();
    });
    this.outcome = new Outcome(deps);
  }

  /** Something may be due. Cheap: many calls make one round. */
  wake(): void {
    this.again = true;
    if (this.running !== null) return;
    if (!this.mayRun()) {
      // A timer may fire a moment before its time, and it was the only one.
      this.sleepUntil(this.outcome.pausedUntil);
      return;
    }
    this.running = this.run().then(() => {
      this.running = null;
      if (this.again && this.mayRun()) this.wake();
    });
  }

  status(): DeliveryStatus {
    if (this.stopping) return { state: 'stopped', reason: 'shutting down', since: this.outcome.since };
    if (this.outcome.blocked !== null)
      return { state: 'blocked', reason: this.outcome.blocked, since: this.outcome.since };
    if (this.completion.refused !== null)
      return { state: 'blocked', reason: this.completion.refused, since: null };
    if (this.outcome.since !== null)
      return { state: 'waiting', reason: this.outcome.trouble, since: this.outcome.since };
    return { state: this.running ? 'working' : 'idle', reason: null, since: null };
  }

  /** Takes nothing new, finishes the batch and the reads in flight, gives up on them after `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.stopping = true;
    this.cancelTimer();
    let cancel = () => {};
    const limit = new Promise<void>((resolve) => (cancel = this.deps.clock.after(limitMs, resolve)));
    await Promise.race([Promise.all([this.running, this.completion.settled()]), limit]);
    cancel();
    this.abort.abort();
    await this.running;
  }

  private mayRun(): boolean {
    return !this.stopping && this.deps.clock.now() >= this.outcome.pausedUntil;
  }

  private async run(): Promise<void> {
    while (this.again && this.mayRun()) {
      this.again = false;
      // A burst of callbacks comes in one turn of the event loop: let it be one batch.
      await new Promise<void>((resolve) => setImmediate(resolve));
      try {
        await this.round();
      } catch (error) {
        this.deps.log.error('dispatch_failed', { backend: this.deps.backend, error: describeError(error) });
        this.outcome.pause('dispatch_failed', describeError(error));
        this.sleepUntil(this.outcome.pausedUntil);
      }
    }
  }

  private async round(): Promise<void> {
    const { parcels, changes, nextDue } = this.collect();
    if (changes.length > 0) await this.deps.spool.change(changes);
    if (parcels.length === 0) {
      this.sleepUntil(nextDue);
      return;
    }
    const started = performance.now();
    const answer = await this.deps.odoo.send(parcels.map((parcel) => parcel.envelope), this.abort.signal); // prettier-ignore
    const labels = { backend: this.deps.backend, outcome: answer.kind };
    this.deps.metrics.batchSeconds.observe(labels, (performance.now() - started) / 1_000);
    await this.deps.spool.change(this.outcome.settle(answer, parcels));
    const { pausedUntil } = this.outcome;
    if (pausedUntil > this.deps.clock.now()) this.sleepUntil(pausedUntil);
    else this.again = true;
  }

  /** One walk over what is pending: takes what can go, starts what must be read first, passes by what waits. */
  private collect(): { parcels: Parcel[]; changes: Change[]; nextDue: number } {
    const now = this.deps.clock.now();
    const passed = new Set(this.completion.busySubjects());
    const parcels: Parcel[] = [];
    const changes: Change[] = [];
    const limit = Math.min(BATCH_EVENTS, this.outcome.batchLimit);
    let nextDue = Infinity;
    let bytes = 0;
    for (const row of this.deps.spool.pending(this.deps.backend)) {
      const key = row.subject ?? `#${row.seq}`;
      if (passed.has(key)) continue;
      const result = row.next_attempt_at > now ? 'wait' : this.consider(key, row, now);
      if (result === 'wait') {
        passed.add(key);
        if (row.next_attempt_at > now) nextDue = Math.min(nextDue, row.next_attempt_at);
        else if (this.completion.pausedUntil > now) nextDue = Math.min(nextDue, this.completion.pausedUntil);
      } else if ('seq' in result) changes.push(result);
      else {
        bytes += result.envelope.length;
        // What failed by itself before goes alone, so that it spoils nobody's batch again.
        if (parcels.length > 0 && (bytes > BATCH_BYTES || row.attempts > 0)) break;
        parcels.push(result);
        if (parcels.length >= limit || row.attempts > 0) break;
      }
    }
    return { parcels, changes, nextDue };
  }

  private consider(key: string, row: Delivery, now: number): Parcel | Change | 'wait' {
    const { event, subject, seq } = row;
    if (event === null || subject === null) {
      this.completion.recognise(key, row);
      return 'wait';
    }
    if (row.fetched === null && this.thin.has(seq) && !this.completion.hasRoom(now)) return 'wait';
    try {
      const body = this.deps.spool.body(seq);
      if (body === null) return this.completion.held(row, 'body_missing', 'the body has been purged');
      if (row.fetched === null) {
        const preparation = this.deps.handling.prepare(event, body, row.context);
        if (preparation.kind === 'held')
          return this.completion.held(row, preparation.reason, preparation.message);
        if (preparation.kind === 'fetch') return this.startFetch(key, row, preparation.run, now);
      }
      this.thin.delete(seq);
      return {
        row,
        envelope: this.deps.handling.envelope({ ...row, event, subject, fetched: row.fetched ?? '{}' }, body),
      };
    } catch (error) {
      this.deps.log.error('preparation_failed', {
        backend: row.backend,
        event_id: row.event_id,
        error: describeError(error),
      });
      return this.completion.held(row, 'internal', 'the delivery could not be prepared');
    }
  }

  private startFetch(key: string, row: Delivery, run: FetchRun, now: number): 'wait' {
    this.thin.add(row.seq);
    if (this.completion.hasRoom(now)) this.completion.fetch(key, row, run);
    return 'wait';
  }

  private sleepUntil(due: number): void {
    this.cancelTimer();
    this.cancelTimer = () => {};
    if (due === Infinity || this.stopping) return;
    const wait = Math.min(Math.max(due - this.deps.clock.now(), 1), 2 ** 31 - 1);
    this.cancelTimer = this.deps.clock.after(wait, () => {
      this.wake();
    });
  }
}
