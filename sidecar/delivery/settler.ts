import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { backoffMs } from './backoff.ts';
import { OUTAGE_BACKOFF, SETTLE_RESULTS } from './limits.ts';
import type { OutboxClient, Result } from './outbox-client.ts';

interface Waiting {
  result: Result;
  /** After it the message is another's: it is leased again, in doubt. */
  until: number;
}

export interface SettlerDeps {
  backend: string;
  outbox: OutboxClient;
  clock: Clock;
  random: () => number;
  log: Logger;
  metrics: Metrics;
}

/**
 * Tells Odoo how writes went, as soon as they went; those that end while a call is under way share the next one. Nothing is kept when
 * the lease is over: Odoo then gives the message out again, in doubt, and the product is asked whether it has the record.
 */
export class Settler {
  private readonly deps: SettlerDeps;
  private readonly abort = new AbortController();
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;
  private failures = 0;
  private wakeUp: (() => void) | null = null;
  private size = SETTLE_RESULTS;

  constructor(deps: SettlerDeps) {
    this.deps = deps;
  }

  add(result: Result, until: number): void {
    this.waiting.push({ result, until });
    this.running ??= this.run().finally(() => (this.running = null));
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  stop(): void {
    this.abort.abort();
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0 && !this.abort.signal.aborted) {
      this.forgetOver();
      const batch = this.waiting.slice(0, this.size);
      if (batch.length > 0 && !(await this.send(batch))) await this.pause();
    }
  }

  /** False when Odoo did not take them; they wait. */
  private async send(batch: readonly Waiting[]): Promise<boolean> {
    const { backend, outbox, log, metrics } = this.deps;
    const answer = await outbox.settle(
      batch.map(({ result }) => result),
      this.abort.signal,
    );
    if (answer.kind === 'settled') {
      this.failures = 0;
      this.size = SETTLE_RESULTS;
      for (const id of answer.stale) log.warn('settle_stale', { backend, message_id: id });
      metrics.settled.inc({ backend, status: 'stale' }, answer.stale.length);
      metrics.settled.inc({ backend, status: 'settled' }, batch.length - answer.stale.length);
      this.waiting = this.waiting.filter((item) => !batch.includes(item));
      return true;
    }
    this.failures += 1;
    log.warn('settle_failed', { backend, reason: answer.code, error: answer.message, results: batch.length });
    const ours = answer.kind === 'failed' || answer.kind === 'unsuitable';
    if (ours) this.size = Math.max(1, Math.floor(batch.length / 2)); // one bad result does not keep the others
    if (ours && batch.length === 1) this.waiting.push(...this.waiting.splice(0, 1));
    return false;
  }

  private forgetOver(): void {
    const now = this.deps.clock.now();
    for (const { result, until } of this.waiting)
      if (until <= now)
        this.deps.log.error('settle_given_up', { backend: this.deps.backend, message_id: result.id });
    this.waiting = this.waiting.filter(({ until }) => until > now);
  }

  private pause(): Promise<void> {
    const ms = backoffMs(this.failures, OUTAGE_BACKOFF, this.deps.random);
    if (this.abort.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.deps.clock.after(ms, resolve);
      this.wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }
}
