import { GroupCommit } from './group-commit.ts';
import { ORIGINS } from './types.ts';
import type {
  AcceptStatus,
  Change,
  Counts,
  Delivery,
  ListFilter,
  NewDelivery,
  OnceToken,
  Recognised,
  Spool,
} from './types.ts';

/** For unit tests: the same behaviour as the durable store, and nothing outlives the process. */
export class MemorySpool implements Spool {
  private readonly rows: Delivery[] = [];
  private readonly bodies = new Map<number, Buffer>();
  private readonly tokens = new Map<string, { body: Buffer; expires: number }>();
  private readonly marks = new Map<string, string>();
  private readonly group = new GroupCommit((work) => {
    work();
  });

  accept(delivery: NewDelivery): Promise<AcceptStatus> {
    return this.group.run(() => this.insert(delivery));
  }

  acceptAll(
    deliveries: readonly NewDelivery[],
    tokens: readonly OnceToken[],
    body: Buffer,
  ): Promise<AcceptStatus[] | null> {
    return this.group.run(() => {
      const keys = tokens.map(({ backend, key }) => `${backend}/${key}`);
      if (keys.some((key) => !(this.tokens.get(key)?.body.equals(body) ?? true))) return null;
      for (const [index, key] of keys.entries())
        if (!this.tokens.has(key)) this.tokens.set(key, { body, expires: tokens[index]?.expires ?? 0 });
      return deliveries.map((delivery) => this.insert(delivery));
    });
  }

  private insert(delivery: NewDelivery): AcceptStatus {
    const known = this.row(delivery.backend, delivery.event_id);
    if (known) {
      if (delivery.origin === 'callback') known.duplicates += 1;
      return 'duplicate';
    }
    const { body, held, context = null, ...facts } = delivery;
    const seq = this.rows.length + 1;
    this.rows.push({
      ...facts,
      context,
      seq,
      state: held ? 'held' : 'pending',
      reason: held?.reason ?? null,
      last_error: held?.message ?? null,
      attempts: 0,
      next_attempt_at: 0,
      duplicates: 0,
      fetched: null,
      answer: null,
      finished_at: null,
    });
    this.bodies.set(seq, body);
    return held ? 'held' : 'accepted';
  }

  change(changes: readonly Change[]): Promise<number[]> {
    return this.group.run(() => {
      const refused: number[] = [];
      for (const { to, ...values } of changes) {
        const row = this.rows[values.seq - 1];
        if (row && ORIGINS[to].includes(row.state)) Object.assign(row, values, { state: to });
        else refused.push(values.seq);
      }
      return refused;
    });
  }

  recognise(seq: number, identity: Recognised): Promise<boolean> {
    return this.group.run(() => {
      const row = this.rows[seq - 1];
      const other = row && this.row(row.backend, identity.event_id);
      if (!row || (other && other !== row)) return false;
      Object.assign(row, identity);
      return true;
    });
  }

  redrive(backend: string, eventId: string, now: number): Promise<boolean> {
    return this.group.run(() => {
      const row = this.row(backend, eventId);
      if (!row || (row.state !== 'held' && row.state !== 'dead')) return false;
      Object.assign(row, { state: 'pending', attempts: 0, next_attempt_at: now, finished_at: null });
      return true;
    });
  }

  *pending(backend: string): Iterable<Delivery> {
    for (const row of this.rows) if (row.backend === backend && row.state === 'pending') yield { ...row };
  }

  newer({ backend, event, subject, time, seq }: Delivery, limit: number): Delivery[] {
    const isLater = (row: Delivery): boolean =>
      time === null || row.time === null || row.time === time
        ? row.time === time && row.seq > seq
        : row.time > time;
    const rows = this.rows.filter(
      (row) => row.backend === backend && row.event === event && row.subject === subject && isLater(row),
    );
    rows.sort((a, b) => (b.time ?? 0) - (a.time ?? 0) || b.seq - a.seq);
    return rows.slice(0, limit).map((row) => ({ ...row }));
  }

  body(seq: number): Buffer | null {
    return this.bodies.get(seq) ?? null;
  }

  list({ backend, state, limit }: ListFilter): Delivery[] {
    const rows = this.rows.filter(
      (r) => (!backend || r.backend === backend) && (!state || r.state === state),
    );
    return rows.reverse().slice(0, limit).map((row) => ({ ...row })); // prettier-ignore
  }

  find(backend: string, eventId: string): Delivery | null {
    const row = this.row(backend, eventId);
    return row ? { ...row } : null;
  }

  counts(backend: string): Counts {
    const counts: Counts = { pending: 0, held: 0, done: 0, dead: 0, duplicates: 0 };
    for (const row of this.rows) {
      if (row.backend !== backend) continue;
      counts[row.state] += 1;
      counts.duplicates += row.duplicates;
    }
    return counts;
  }

  oldestPending(backend: string): number | null {
    for (const row of this.pending(backend)) return row.received_at;
    return null;
  }

  purge(before: number, now = before): Promise<number> {
    return this.group.run(() => {
      for (const [key, { expires }] of this.tokens) if (expires < now) this.tokens.delete(key);
      let removed = 0;
      for (const row of this.rows) {
        if (row.state !== 'done' || row.finished_at === null || row.finished_at >= before) continue;
        row.fetched = null;
        row.context = null;
        if (this.bodies.delete(row.seq)) removed += 1;
      }
      return removed;
    });
  }

  getMark(name: string): string | null {
    return this.marks.get(name) ?? null;
  }

  async setMark(name: string, value: string): Promise<void> {
    await this.group.run(() => this.marks.set(name, value));
  }

  flush(): Promise<void> {
    return this.group.flush();
  }

  close(): Promise<void> {
    return this.flush();
  }

  private row(backend: string, eventId: string): Delivery | undefined {
    return this.rows.find((row) => row.backend === backend && row.event_id === eventId);
  }
}
