import { hash } from 'node:crypto';
import { DatabaseSync, type StatementSync, type SQLInputValue } from 'node:sqlite';
import { SpoolError } from '../errors.ts';
import { GroupCommit } from './group-commit.ts';
import { ORIGINS, STATES } from './types.ts';
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

/* Dedupe keys and bodies are apart: purging empties `body` and never forgets an id. Rows of `delivery` are never deleted. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY, backend TEXT NOT NULL, event_id TEXT NOT NULL, event TEXT, origin TEXT NOT NULL, subject TEXT,
    lane TEXT NOT NULL, time INTEGER, bucket INTEGER NOT NULL, received_at INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, last_error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0,
    answer TEXT, finished_at INTEGER, fetched TEXT, context TEXT) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS delivery_event ON delivery (bucket, event_id, backend);
  CREATE INDEX IF NOT EXISTS delivery_pending ON delivery (backend, seq) WHERE state = 'pending';
  CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (state, seq) WHERE state IN ('held', 'dead');
  CREATE INDEX IF NOT EXISTS delivery_subject ON delivery (backend, subject, time);
  CREATE TABLE IF NOT EXISTS body (seq INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS token (backend TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, expires INTEGER NOT NULL,
    PRIMARY KEY (backend, key)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS token_expires ON token (expires);
  PRAGMA user_version = 2;`;

/** What files of an earlier version lack. */
const UPGRADES = [
  { table: 'delivery', column: 'context', sql: 'ALTER TABLE delivery ADD COLUMN context TEXT' },
];

const SQL = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  insert: `INSERT INTO delivery (seq, backend, event_id, event, origin, subject, lane, time, bucket, received_at, state, reason, last_error, context)
           VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
  insertBody: 'INSERT INTO body (seq, raw) VALUES (?,?)',
  repeated:
    'UPDATE delivery SET duplicates = duplicates + 1 WHERE bucket = ? AND event_id = ? AND backend = ?',
  row: 'SELECT * FROM delivery WHERE seq = ?',
  change: `UPDATE delivery SET state = ?, reason = ?, last_error = ?, attempts = ?, next_attempt_at = ?, fetched = ?, answer = ?,
           finished_at = ? WHERE seq = ?`,
  known: 'SELECT seq FROM delivery WHERE bucket = ? AND event_id = ? AND backend = ?',
  recognise:
    'UPDATE delivery SET event_id = ?, event = ?, subject = ?, lane = ?, time = ?, bucket = ? WHERE seq = ?',
  find: 'SELECT * FROM delivery WHERE event_id = ? AND backend = ?',
  findWaiting: `SELECT * FROM delivery WHERE state IN ('held', 'dead') AND event_id = ? AND backend = ?`,
  redrive: `UPDATE delivery SET state = 'pending', attempts = 0, next_attempt_at = ?, finished_at = NULL WHERE seq = ?`,
  pending: `SELECT * FROM delivery WHERE backend = ? AND state = 'pending' ORDER BY seq`,
  oldest: `SELECT received_at FROM delivery WHERE backend = ? AND state = 'pending' ORDER BY seq LIMIT 1`,
  newerByTime: `SELECT * FROM delivery WHERE backend = ? AND subject = ? AND event = ? AND (time, seq) > (?, ?)
                ORDER BY time DESC, seq DESC LIMIT ?`,
  newerByArrival: `SELECT * FROM delivery WHERE backend = ? AND subject = ? AND event = ? AND time IS NULL AND seq > ?
                   ORDER BY seq DESC LIMIT ?`,
  body: 'SELECT raw FROM body WHERE seq = ?',
  list: 'SELECT * FROM delivery WHERE (?1 IS NULL OR backend = ?1) AND (?2 IS NULL OR state = ?2) ORDER BY seq DESC LIMIT ?3',
  listWaiting: `SELECT * FROM delivery WHERE (?1 IS NULL OR backend = ?1) AND state = ?2 AND state IN ('held', 'dead')
                ORDER BY seq DESC LIMIT ?3`,
  purgeable: `SELECT b.seq FROM body b JOIN delivery d ON d.seq = b.seq WHERE d.state = 'done' AND d.finished_at < ? LIMIT ?`,
  purgeBody: 'DELETE FROM body WHERE seq = ?',
  purgeFetched:
    'UPDATE delivery SET fetched = NULL, context = NULL WHERE seq = ? AND (fetched IS NOT NULL OR context IS NOT NULL)',
  token: 'SELECT body FROM token WHERE backend = ? AND key = ?',
  insertToken: 'INSERT INTO token (backend, key, body, expires) VALUES (?,?,?,?) ON CONFLICT DO NOTHING',
  purgeTokens: 'DELETE FROM token WHERE expires < ?',
  getMark: 'SELECT value FROM mark WHERE name = ?',
  setMark:
    'INSERT INTO mark (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  counts:
    'SELECT backend, state, count(*) AS n, sum(duplicates) AS repeats FROM delivery GROUP BY backend, state',
  lastSeq: 'SELECT max(seq) AS seq FROM delivery',
} as const;

/** Bodies removed in one transaction, so that a purge does not stand in the way of callbacks for long. */
const PURGE_STEP = 500;
/** Pages of the write-ahead log before they are copied to the table file (4 MiB). More would copy less often and halt callbacks longer. */
const CHECKPOINT_PAGES = 1_000;

export interface SqliteSpoolOptions {
  onGroup?: (size: number, seconds: number) => void;
}

export function openSqliteSpool(path: string, options: SqliteSpoolOptions = {}): Spool {
  try {
    return new SqliteSpool(path, options);
  } catch (error) {
    throw new SpoolError(`the spool ${path} cannot be opened; does another sidecar use it?`, {
      cause: error,
    });
  }
}

class SqliteSpool implements Spool {
  private readonly db: DatabaseSync;
  private readonly sql: Record<keyof typeof SQL, StatementSync>;
  private readonly group: GroupCommit;
  private readonly totals = new Map<string, Counts>();
  private deltas: [string, keyof Counts, number][] = [];
  /** Sequence numbers are given here, so that they rise in the order of acceptance. */
  private lastSeq: number;

  constructor(path: string, options: SqliteSpoolOptions) {
    this.db = new DatabaseSync(path);
    // One process owns the file: exclusive locking keeps a second sidecar out and saves the shared index.
    this.db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;`);
    this.db.exec(SCHEMA);
    for (const { table, column, sql } of UPGRADES) {
      const columns = this.db.prepare(`PRAGMA table_info(${table})`).all();
      if (!columns.some(({ name }) => name === column)) this.db.exec(sql);
    }
    const names = Object.keys(SQL) as (keyof typeof SQL)[];
    this.sql = Object.fromEntries(names.map((n) => [n, this.db.prepare(SQL[n])])) as Record<
      keyof typeof SQL,
      StatementSync
    >;
    this.lastSeq = Number(this.sql.lastSeq.get()?.['seq'] ?? 0);
    this.loadCounts();
    this.group = new GroupCommit((work) => {
      this.transact(work);
    }, options.onGroup);
  }

  accept(delivery: NewDelivery): Promise<AcceptStatus> {
    return this.group.run(() => this.insert(delivery));
  }

  acceptAll(
    deliveries: readonly NewDelivery[],
    tokens: readonly OnceToken[],
    body: Buffer,
  ): Promise<AcceptStatus[] | null> {
    const digest = tokens.length === 0 ? '' : hash('sha256', body, 'hex');
    return this.group.run(() => {
      const known = tokens.map(({ backend, key }) => this.sql.token.get(backend, key)?.['body']);
      if (known.some((other) => other !== undefined && other !== digest)) return null;
      for (const { backend, key, expires } of tokens) this.sql.insertToken.run(backend, key, digest, expires);
      return deliveries.map((delivery) => this.insert(delivery));
    });
  }

  change(changes: readonly Change[]): Promise<number[]> {
    return this.group.run(() => changes.filter((change) => !this.apply(change)).map((change) => change.seq));
  }

  recognise(seq: number, identity: Recognised): Promise<boolean> {
    return this.group.run(() => {
      const row = this.row(seq);
      const { event_id, event, subject, lane, time, bucket } = identity;
      const other = row && this.sql.known.get(bucket, event_id, row.backend);
      if (!row || (other && other['seq'] !== seq)) return false;
      this.sql.recognise.run(event_id, event, subject, lane, time, bucket, seq);
      return true;
    });
  }

  redrive(backend: string, eventId: string, now: number): Promise<boolean> {
    return this.group.run(() => {
      const found = this.sql.findWaiting.get(eventId, backend);
      if (!found) return false;
      const row = toDelivery(found);
      this.sql.redrive.run(now, row.seq);
      this.count(backend, row.state, -1);
      this.count(backend, 'pending', 1);
      return true;
    });
  }

  *pending(backend: string): Iterable<Delivery> {
    for (const row of this.sql.pending.iterate(backend)) yield toDelivery(row);
  }

  newer({ backend, subject, event, time, seq }: Delivery, limit: number): Delivery[] {
    const rows =
      time === null
        ? this.sql.newerByArrival.all(backend, subject, event, seq, limit)
        : this.sql.newerByTime.all(backend, subject, event, time, seq, limit);
    return rows.map(toDelivery);
  }

  body(seq: number): Buffer | null {
    const raw = this.sql.body.get(seq)?.['raw'];
    return raw instanceof Uint8Array ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength) : null;
  }

  list({ backend, state, limit }: ListFilter): Delivery[] {
    const statement = state === 'held' || state === 'dead' ? this.sql.listWaiting : this.sql.list;
    return statement.all(backend ?? null, state ?? null, limit).map(toDelivery);
  }

  find(backend: string, eventId: string): Delivery | null {
    const row = this.sql.find.get(eventId, backend);
    return row ? toDelivery(row) : null;
  }

  counts(backend: string): Counts {
    return { ...this.countsOf(backend) };
  }

  oldestPending(backend: string): number | null {
    const value = this.sql.oldest.get(backend)?.['received_at'];
    return value === undefined ? null : Number(value);
  }

  async purge(before: number, now = before): Promise<number> {
    await this.group.run(() => this.sql.purgeTokens.run(now));
    let total = 0;
    for (;;) {
      const removed = await this.group.run(() => this.purgeStep(before));
      total += removed;
      if (removed < PURGE_STEP) return total;
    }
  }

  getMark(name: string): string | null {
    const value = this.sql.getMark.get(name)?.['value'];
    return typeof value === 'string' ? value : null;
  }

  async setMark(name: string, value: string): Promise<void> {
    await this.group.run(() => this.sql.setMark.run(name, value));
  }

  flush(): Promise<void> {
    return this.group.flush();
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.db.isOpen) this.db.close();
  }

  private transact(work: () => void): void {
    const seqBefore = this.lastSeq;
    this.deltas = [];
    this.sql.begin.run();
    try {
      work();
      this.sql.commit.run();
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      this.lastSeq = seqBefore;
      throw error;
    }
    for (const [backend, key, by] of this.deltas) this.countsOf(backend)[key] += by;
  }

  private purgeStep(before: number): number {
    const due = this.sql.purgeable.all(before, PURGE_STEP);
    for (const { seq } of due) {
      this.sql.purgeBody.run(Number(seq));
      this.sql.purgeFetched.run(Number(seq));
    }
    return due.length;
  }

  private insert(d: NewDelivery): AcceptStatus {
    const seq = this.lastSeq + 1;
    const state = d.held ? 'held' : 'pending';
    const { changes } = this.sql.insert.run(
      seq, d.backend, d.event_id, d.event, d.origin, d.subject, d.lane, d.time, d.bucket, d.received_at, state,
      d.held?.reason ?? null, d.held?.message ?? null, d.context ?? null,
    ); // prettier-ignore
    if (changes === 0) {
      // Reading again finds the same things again; only a repeated callback is worth counting.
      if (d.origin === 'callback') {
        this.sql.repeated.run(d.bucket, d.event_id, d.backend);
        this.count(d.backend, 'duplicates', 1);
      }
      return 'duplicate';
    }
    this.sql.insertBody.run(seq, d.body);
    this.lastSeq = seq;
    this.count(d.backend, state, 1);
    return d.held ? 'held' : 'accepted';
  }

  private apply(change: Change): boolean {
    const row = this.row(change.seq);
    if (!row || !ORIGINS[change.to].includes(row.state)) return false;
    const next = { ...row, ...change };
    const values: SQLInputValue[] = [
      change.to, next.reason, next.last_error, next.attempts, next.next_attempt_at, next.fetched, next.answer, next.finished_at,
    ]; // prettier-ignore
    this.sql.change.run(...values, change.seq);
    this.count(row.backend, row.state, -1);
    this.count(row.backend, change.to, 1);
    return true;
  }

  private row(seq: number): Delivery | null {
    const row = this.sql.row.get(seq);
    return row ? toDelivery(row) : null;
  }

  private loadCounts(): void {
    for (const row of this.sql.counts.all()) {
      const counts = this.countsOf(String(row['backend']));
      const state = STATES.find((s) => s === row['state']);
      if (state) counts[state] += Number(row['n']);
      counts.duplicates += Number(row['repeats']);
    }
  }

  /** Counted once the transaction is through. */
  private count(backend: string, key: keyof Counts, by: number): void {
    this.deltas.push([backend, key, by]);
  }

  private countsOf(backend: string): Counts {
    let counts = this.totals.get(backend);
    if (!counts)
      this.totals.set(backend, (counts = { pending: 0, held: 0, done: 0, dead: 0, duplicates: 0 }));
    return counts;
  }
}

/** The columns have the names and types of Delivery: STRICT tables see to it. */
function toDelivery(row: Record<string, unknown>): Delivery {
  return row as unknown as Delivery;
}
