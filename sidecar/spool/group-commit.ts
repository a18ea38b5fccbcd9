import { SpoolError } from '../errors.ts';

/** Where a group is written: one transaction, durable when `run` returns. */
export type Transact = (work: () => void) => void;

interface Queued {
  work: () => unknown;
  result: unknown;
  resolve: (value: never) => void;
  reject: (error: SpoolError) => void;
}

/**
 * Lets many callers share one fsync: whatever was queued while the event loop took in the ready sockets is written in one
 * transaction, and a caller hears of it only after the commit returned. No timer: with few senders nobody waits for company.
 */
export class GroupCommit {
  private queue: Queued[] = [];
  private readonly transact: Transact;
  private readonly onGroup: (size: number, seconds: number) => void;

  constructor(transact: Transact, onGroup: (size: number, seconds: number) => void = () => {}) {
    this.transact = transact;
    this.onGroup = onGroup;
  }

  run<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.queue.push({ work, result: undefined, resolve, reject });
      if (this.queue.length === 1)
        setImmediate(() => {
          this.commit();
        });
    });
  }

  /** Resolves when everything queued before it is settled, whether it succeeded or not. */
  async flush(): Promise<void> {
    if (this.queue.length > 0) await this.run(() => undefined).catch(() => undefined);
  }

  private commit(): void {
    const group = this.queue;
    this.queue = [];
    const started = performance.now();
    try {
      this.write(group);
    } catch {
      // One bad member must not spoil the others: each gets its own transaction and its own error.
      for (const member of group) this.commitAlone(member);
      return;
    }
    this.onGroup(group.length, (performance.now() - started) / 1_000);
    for (const member of group) member.resolve(member.result as never);
  }

  private commitAlone(member: Queued): void {
    try {
      this.write([member]);
    } catch (error) {
      member.reject(new SpoolError('the spool could not be written', { cause: error }));
      return;
    }
    member.resolve(member.result as never);
  }

  private write(group: readonly Queued[]): void {
    this.transact(() => {
      for (const member of group) member.result = member.work();
    });
  }
}
