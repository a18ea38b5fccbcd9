import { MINUTE, SECOND, type Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { WriteOutcome } from '../sources/write-plan.ts';
import type { Writing } from '../sources/writing.ts';
import type { DeliveryStatus } from '../status.ts';
import { backoffMs } from './backoff.ts';
import {
  BLOCKED_BACKOFF,
  LEASE_MESSAGES,
  OUTAGE_BACKOFF,
  WRITE_MARGIN_MS,
  WRITE_PARALLEL,
} from './limits.ts';
import type { OdooFailure } from './odoo-client.ts';
import type { Lease, LeasedMessage, OutboxClient } from './outbox-client.ts';
import { Settler } from './settler.ts';

export interface CarrierDeps {
  backend: string;
  writing: Writing;
  outbox: OutboxClient;
  clock: Clock;
  random: () => number;
  log: Logger;
  metrics: Metrics;
  /** How long after an empty lease the next one is asked for. */
  pollMs: number;
}

/**
 * Carries what Odoo's outbox holds to the product: leases, writes in order per key and several keys at once, settles. It keeps no
 * state: what a killed process had under way is leased again, in doubt, and looked up before it is made a second time.
 */
export class Carrier {
  private readonly deps: CarrierDeps;
  private readonly settler: Settler;
  private readonly abort = new AbortController();
  private round: Promise<void> | null = null;
  private cancelTimer: (() => void) | null = null;
  private stopped = false;
  private failures = 0;
  /** Why nothing is written; `refused`: the product's credential. */
  private trouble: { state: 'waiting' | 'blocked'; reason: string; since: number; refused: boolean } | null =
    null;

  constructor(deps: CarrierDeps) {
    this.deps = deps;
    this.settler = new Settler(deps);
  }

  start(): void {
    this.schedule(0);
  }

  /** Ends what is being written within `limitMs`; what cannot be settled is leased again. */
  async stop(limitMs: number): Promise<void> {
    this.stopped = true;
    this.cancelTimer?.();
    let cancel = (): void => undefined;
    const limit = new Promise<void>((resolve) => {
      cancel = this.deps.clock.after(limitMs, () => {
        this.abort.abort();
        this.settler.stop();
        resolve();
      });
    });
    await Promise.race([this.finished(), limit]);
    cancel();
  }

  private async finished(): Promise<void> {
    await this.round;
    await this.settler.idle();
  }

  status(): DeliveryStatus {
    if (this.stopped) return { state: 'stopped', reason: null, since: null };
    if (this.trouble !== null) {
      const { state, reason, since } = this.trouble;
      return { state, reason: `writes: ${reason}`, since };
    }
    return { state: this.round === null ? 'idle' : 'working', reason: null, since: null };
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.cancelTimer = this.deps.clock.after(ms, () => {
      this.round = this.run()
        .then((wait) => {
          this.round = null;
          this.schedule(wait);
        })
        .catch((error: unknown) => {
          this.round = null;
          this.deps.log.error('carrier_failed', { backend: this.deps.backend, error: describeError(error) });
          this.schedule(MINUTE);
        });
    });
  }

  /** One lease from end to end; gives the milliseconds until the next. */
  private async run(): Promise<number> {
    const { backend, outbox, clock, metrics, pollMs } = this.deps;
    // a refused credential is tried with one message, not with fifty
    const limit = this.trouble?.refused === true ? 1 : LEASE_MESSAGES;
    const asked = clock.now();
    const answer = await outbox.lease(limit, this.abort.signal);
    metrics.leases.inc({ backend, outcome: answer.kind });
    if (answer.kind !== 'lease') return this.fail(answer);
    const { lease } = answer;
    const pause = await this.carry(lease, asked + lease.leaseMs);
    await this.settler.idle();
    if (pause !== null) return pause;
    return lease.more && lease.messages.length > 0 ? 0 : pollMs;
  }

  private fail(answer: OdooFailure): number {
    const blocked = answer.kind === 'blocked' || answer.kind === 'unsuitable';
    const asked = answer.kind === 'unavailable' ? (answer.retryAfterMs ?? 0) : 0;
    return this.pause(blocked ? 'blocked' : 'waiting', `${answer.code}: ${answer.message}`, asked, false);
  }

  private pause(state: 'waiting' | 'blocked', reason: string, askedMs: number, refused: boolean): number {
    const { backend, clock, log, random } = this.deps;
    this.failures += 1;
    this.trouble = { state, reason, since: this.trouble?.since ?? clock.now(), refused };
    const rule = state === 'blocked' ? BLOCKED_BACKOFF : OUTAGE_BACKOFF;
    const wait = Math.max(askedMs, backoffMs(this.failures, rule, random));
    log[state === 'blocked' ? 'error' : 'warn']('writes_paused', { backend, reason, wait_ms: wait });
    return wait;
  }

  /** Writes what was leased; gives how long to wait when the product does not let us go on, else null. */
  private async carry(lease: Lease, until: number): Promise<number | null> {
    const { backend, log } = this.deps;
    for (const { id, token } of lease.unreadable) {
      log.error('outbox_unreadable', { backend, message_id: id });
      this.settler.add({ id, token, outcome: ended('held', 'message_unreadable') }, until);
    }
    const carriage = new Carriage(this.deps, this.settler, until);
    const groups = [...groupByKey(lease.messages).values()];
    const worker = async (): Promise<void> => {
      for (let group = groups.shift(); group !== undefined; group = groups.shift())
        await carriage.group(group, () => this.stopped);
    };
    await Promise.all(Array.from({ length: WRITE_PARALLEL }, worker));
    if (carriage.refused !== null) return this.pause('blocked', carriage.refused, 0, true);
    if (carriage.pausedMs > 0)
      return this.pause('waiting', 'the product asks us to wait', carriage.pausedMs, false);
    this.failures = 0;
    this.trouble = null;
    return null;
  }
}

function groupByKey(messages: readonly LeasedMessage[]): Map<string, LeasedMessage[]> {
  const groups = new Map<string, LeasedMessage[]>();
  for (const message of messages) groups.set(message.key, [...(groups.get(message.key) ?? []), message]);
  return groups;
}

function ended(
  status: WriteOutcome['status'],
  code: string,
  retryAfterMs: number | null = null,
): WriteOutcome {
  return { status, external_id: null, remote_version: null, code, message: '', retryAfterMs };
}

/** One lease on its way. */
class Carriage {
  refused: string | null = null;
  pausedMs = 0;
  private readonly deps: CarrierDeps;
  private readonly settler: Settler;
  private readonly until: number;

  constructor(deps: CarrierDeps, settler: Settler, until: number) {
    this.deps = deps;
    this.settler = settler;
    this.until = until;
  }

  /** The messages of one key, in order: the next one goes only when the one before is done or dead. */
  async group(messages: readonly LeasedMessage[], isStopping: () => boolean): Promise<void> {
    const ids = new Map<string, string>();
    let stuck: string | null = null;
    for (const message of messages) {
      if (isStopping()) stuck ??= 'stopping';
      const known = message.external_id ?? ids.get(message.reference) ?? null;
      const outcome: WriteOutcome =
        stuck === null ? await this.write({ ...message, external_id: known }) : ended('retry', stuck);
      if (outcome.external_id !== null) ids.set(message.reference, outcome.external_id);
      if (outcome.status === 'retry' || outcome.status === 'held') stuck ??= 'earlier_in_key';
      this.settler.add({ id: message.id, token: message.token, outcome }, this.until);
    }
  }

  private async write(message: LeasedMessage): Promise<WriteOutcome> {
    const { backend, writing, log, metrics } = this.deps;
    if (message.contract_hash !== writing.hash) {
      log.error('contract_mismatch', {
        backend,
        message_id: message.id,
        found: message.contract_hash,
        expected: writing.hash,
      });
      return ended('retry', 'contract_mismatch', MINUTE);
    }
    if (this.refused !== null) return ended('retry', 'write_refused');
    let outcome: WriteOutcome;
    try {
      outcome = await writing.write(message, this.until - WRITE_MARGIN_MS);
    } catch (error) {
      log.error('write_failed', { backend, message_id: message.id, error: describeError(error) });
      outcome = ended('retry', 'internal_error', MINUTE);
    }
    if (outcome.refused === true) this.refused = `${outcome.code}: ${outcome.message}`;
    if (outcome.code === 'rate_limited' || outcome.code === 'http_429')
      this.pausedMs = Math.max(this.pausedMs, outcome.retryAfterMs ?? SECOND);
    metrics.writes.inc({ backend, flow: message.flow, outcome: outcome.status });
    const { status, code } = outcome;
    log[status === 'done' ? 'info' : 'warn']('written', {
      backend,
      message_id: message.id,
      flow: message.flow,
      status,
      code,
    });
    return outcome;
  }
}
