import { MINUTE, SECOND, type Clock } from '../clock.ts';
import { RetryableError, describeError } from '../errors.ts';
import type { HttpCall } from '../http-client.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { identify } from '../sources/identify.ts';
import type { Source } from '../sources/source.ts';
import type { AcceptStatus, Spool } from '../spool/types.ts';
import type { ReadOutcome } from '../status.ts';
import { readPages } from '../sources/pages.ts';
import { nextMark, sinceMark } from './watermark.ts';

export interface ReadDeps {
  sources: ReadonlyMap<string, Source>;
  spool: Spool;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  wake: (backend: string) => void;
}

/** After a failure the read comes again sooner than its interval, but not at once. */
const RETRY_MS = MINUTE;

/**
 * Reads again, on a clock, what callbacks may have missed. Every item becomes a delivery of the read's own event, in the same spool
 * and by the same identity: what is known already is a duplicate. A read never runs twice at once.
 */
export class ScheduledReads {
  private readonly deps: ReadDeps;
  private readonly running = new Map<string, Promise<ReadOutcome>>();
  private readonly pauses = new Set<() => void>();
  private stopped = false;

  constructor(deps: ReadDeps) {
    this.deps = deps;
  }

  /** Starts what is due; the time of the last run survives a restart. */
  tick(): void {
    if (this.stopped) return;
    for (const source of this.deps.sources.values()) {
      for (const name of Object.keys(source.contract.reads))
        if (this.isDue(source, name)) void this.run(source, name);
    }
  }

  /** Runs a read of every backend that has it, due or not; null when none has. */
  runNow(name: string): Promise<ReadOutcome[]> | null {
    const having = [...this.deps.sources.values()].filter((source) =>
      Object.hasOwn(source.contract.reads, name),
    );
    return having.length === 0 ? null : Promise.all(having.map((source) => this.run(source, name)));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const end of this.pauses) end();
    await Promise.all(this.running.values());
  }

  private isDue(source: Source, name: string): boolean {
    if (source.access === null) return false;
    const next = Number(this.deps.spool.getMark(mark(source.backend, name)) ?? 0);
    return this.deps.clock.now() >= next && !this.running.has(mark(source.backend, name));
  }

  private run(source: Source, name: string): Promise<ReadOutcome> {
    const key = mark(source.backend, name);
    const known = this.running.get(key);
    if (known) return known;
    const job = this.readAll(source, name).finally(() => this.running.delete(key));
    this.running.set(key, job);
    return job;
  }

  /** Never rejects: how it ended stands in the outcome. */
  private async readAll(source: Source, name: string): Promise<ReadOutcome> {
    const { clock, log, metrics, spool } = this.deps;
    const { backend } = source;
    const outcome: ReadOutcome = {
      backend,
      read: name,
      pages: 0,
      items: 0,
      accepted: 0,
      duplicates: 0,
      held: 0,
      error: null,
    };
    const interval = (source.contract.reads[name]?.every_seconds ?? 0) * SECOND;
    let wait = interval;
    const started = clock.now();
    try {
      await this.readInto(source, name, outcome);
      log.info('scheduled_read', { ...outcome });
    } catch (error) {
      outcome.error = describeError(error);
      const asked = error instanceof Error && 'retryAfterMs' in error ? Number(error.retryAfterMs ?? 0) : 0;
      wait = Math.max(asked, Math.min(RETRY_MS, interval));
      log.error('scheduled_read_failed', { ...outcome, wait_ms: wait });
    }
    metrics.reads.inc({ backend, read: name, outcome: outcome.error === null ? 'done' : 'failed' });
    if (outcome.accepted > 0) this.deps.wake(backend);
    await spool.setMark(mark(backend, name), String(started + wait)).catch((error: unknown) => {
      log.error('spool_unavailable', { error: describeError(error) });
    });
    return outcome;
  }

  private async readInto(source: Source, name: string, outcome: ReadOutcome): Promise<void> {
    const read = source.contract.reads[name];
    const { access, backend } = source;
    if (read === undefined || access === null) throw new Error('the backend has no "read" section');
    const { spool, clock } = this.deps;
    const key = `since/${backend}/${name}`;
    let reached = spool.getMark(key);
    const asked = sinceMark(read, reached);
    for await (const items of readPages(asked, access, this.patient(source.call), () => clock.now())) {
      const results = await Promise.all(items.map((item) => this.accept(source, name, item)));
      outcome.pages += 1;
      outcome.items += items.length;
      outcome.accepted += results.filter((status) => status === 'accepted').length;
      outcome.duplicates += results.filter((status) => status === 'duplicate').length;
      outcome.held += results.filter((status) => status === 'held').length;
      if (read.watermark !== null) reached = nextMark(read.watermark, items, reached);
      if (this.stopped) return;
    }
    // Only now: a read that broke off is made again from where the last whole one began.
    if (read.watermark !== null && reached !== null) await spool.setMark(key, reached);
  }

  /** Waits for the budget of calls in the middle of a read, so that a long one ends at all. */
  private patient(call: HttpCall): HttpCall {
    return async (request) => {
      for (;;) {
        try {
          return await call(request);
        } catch (error) {
          if (!(error instanceof RetryableError) || error.code !== 'rate_limited' || this.stopped)
            throw error;
          await this.pause(error.retryAfterMs ?? SECOND);
        }
      }
    };
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.deps.clock.after(ms, () => {
        this.pauses.delete(end);
        resolve();
      });
      const end = () => {
        cancel();
        resolve();
      };
      this.pauses.add(end);
    });
  }

  private async accept(source: Source, name: string, item: Buffer): Promise<AcceptStatus> {
    const { backend, contract } = source;
    const identity = identify(contract, name, item);
    const facts = {
      ...identity,
      backend,
      origin: 'read' as const,
      received_at: this.deps.clock.now(),
      body: item,
    };
    const status = await this.deps.spool.accept(facts);
    const { metrics } = this.deps;
    if (status === 'duplicate') metrics.duplicates.inc({ backend, origin: 'read' });
    else metrics.accepted.inc({ backend, origin: 'read' });
    if (status === 'held') metrics.held.inc({ backend, reason: identity.held?.reason ?? 'unknown' });
    return status;
  }
}

function mark(backend: string, name: string): string {
  return `next_read/${backend}/${name}`;
}
