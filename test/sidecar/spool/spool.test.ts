import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { SpoolError } from '../../../sidecar/errors.ts';
import { MemorySpool } from '../../../sidecar/spool/memory-spool.ts';
import { openSqliteSpool } from '../../../sidecar/spool/sqlite-spool.ts';
import type { Spool } from '../../../sidecar/spool/types.ts';
import { NOW, delivery } from '../../helpers/deliveries.ts';

const folder = mkdtempSync(join(tmpdir(), 'millwright-spool-'));
let files = 0;

function newFile(): string {
  files += 1;
  return join(folder, `${files}.sqlite`);
}

after(() => {
  rmSync(folder, { recursive: true });
});

const HELD = { reason: 'unknown_event', message: 'no such event' };
const id = (name: string) => delivery(name).event_id;
const seqs = (spool: Spool) => [...spool.pending('plant')].map(({ seq }) => seq);

for (const [name, open] of Object.entries({
  'memory-spool.ts': (): Spool => new MemorySpool(),
  'sqlite-spool.ts': (): Spool => openSqliteSpool(newFile()),
})) {
  describe(`sidecar/spool/${name}`, () => {
    let spool: Spool;
    beforeEach(() => {
      spool = open();
    });
    afterEach(() => spool.close());

    it('stores a delivery once per backend and counts the repeats', async () => {
      expect(await spool.accept(delivery('a'))).to.equal('accepted');
      expect(await Promise.all([spool.accept(delivery('a')), spool.accept(delivery('b'))])).to.deep.equal([
        'duplicate',
        'accepted',
      ]);
      expect(await spool.accept(delivery('a', { backend: 'other' }))).to.equal('accepted');
      expect(spool.counts('plant')).to.deep.equal({ pending: 2, held: 0, done: 0, dead: 0, duplicates: 1 });
      expect(spool.find('plant', id('a'))).to.include({
        duplicates: 1,
        attempts: 0,
        state: 'pending',
        subject: 'work_order/1',
      });
    });

    it('knows a repeat within one group, and does not count what was read again', async () => {
      const both = [
        spool.accept(delivery('a', { origin: 'read' })),
        spool.accept(delivery('a', { origin: 'read' })),
      ];
      expect(await Promise.all(both)).to.deep.equal(['accepted', 'duplicate']);
      expect(spool.counts('plant').duplicates).to.equal(0);
    });

    it('gives pending deliveries of one backend in the order of arrival', async () => {
      await Promise.all(['a', 'b', 'c'].map((n) => spool.accept(delivery(n))));
      await spool.accept(delivery('x', { backend: 'other' }));
      expect(seqs(spool)).to.deep.equal([1, 2, 3]);
      for (const row of spool.pending('plant')) if (row.seq === 2) break; // leaves nothing open
      await spool.change([{ seq: 2, to: 'done', finished_at: NOW }]);
      expect(seqs(spool)).to.deep.equal([1, 3]);
    });

    it('keeps the body byte for byte', async () => {
      const body = Buffer.from('{ "n":2.0, "é":"\\u00e9" }');
      await spool.accept(delivery('a', { body }));
      expect(spool.body(1)?.equals(body)).to.equal(true);
      expect(spool.body(2)).to.equal(null);
    });

    it('holds with a reason, and redrives held and dead ones only', async () => {
      expect(
        await spool.accept(delivery('a', { held: HELD, subject: null, event: null, time: null, bucket: 0 })),
      ).to.equal('held');
      expect(spool.find('plant', id('a'))).to.include({
        state: 'held',
        reason: 'unknown_event',
        last_error: 'no such event',
        time: null,
      });
      expect(await spool.redrive('plant', id('a'), NOW)).to.equal(true);
      expect(await spool.redrive('plant', id('a'), NOW)).to.equal(false);
      expect(await spool.redrive('plant', id('nothing'), NOW)).to.equal(false);
      await spool.change([{ seq: 1, to: 'dead', reason: 'rejected', attempts: 3, finished_at: NOW }]);
      expect(await spool.redrive('plant', id('a'), NOW + 5)).to.equal(true);
      expect(spool.find('plant', id('a'))).to.include({
        state: 'pending',
        attempts: 0,
        next_attempt_at: NOW + 5,
        finished_at: null,
      });
      expect(spool.counts('plant')).to.include({ pending: 1, held: 0, dead: 0 });
    });

    it('changes what it is told and leaves the rest', async () => {
      await spool.accept(delivery('a'));
      await spool.change([
        { seq: 1, to: 'pending', fetched: '{"x":1.0}', attempts: 2, next_attempt_at: NOW, last_error: 'e' },
      ]);
      await spool.change([{ seq: 1, to: 'pending', attempts: 3 }]);
      expect(spool.find('plant', id('a'))).to.include({
        fetched: '{"x":1.0}',
        attempts: 3,
        next_attempt_at: NOW,
        last_error: 'e',
      });
    });

    it('refuses to change what is final', async () => {
      await spool.accept(delivery('a'));
      expect(await spool.change([{ seq: 1, to: 'done', answer: '{}', finished_at: NOW }])).to.deep.equal([]);
      expect(await spool.change([{ seq: 1, to: 'dead' }, { seq: 9, to: 'done' }])).to.deep.equal([1, 9]); // prettier-ignore
      expect(spool.counts('plant')).to.include({ done: 1, dead: 0 });
    });

    it('recognises a held delivery, unless that event is stored already', async () => {
      await spool.accept(delivery('a'));
      await spool.accept(delivery('raw', { held: HELD, subject: null, time: null, bucket: 0 }));
      const found = { event: 'E', subject: 's/1', lane: 'batch', time: NOW };
      expect(await spool.recognise(2, { ...found, event_id: id('a'), bucket: NOW })).to.equal(false);
      expect(await spool.recognise(2, { ...found, event_id: id('b'), bucket: NOW })).to.equal(true);
      expect(spool.find('plant', id('b'))).to.include({ seq: 2, subject: 's/1', lane: 'batch' });
      expect(await spool.accept(delivery('b'))).to.equal('duplicate');
    });

    it('purges bodies of old done deliveries and never forgets their ids', async () => {
      await Promise.all(['old', 'new', 'open'].map((n) => spool.accept(delivery(n))));
      await spool.change([{ seq: 1, to: 'done', fetched: '{}', finished_at: NOW - 10 }, { seq: 2, to: 'done', finished_at: NOW }]); // prettier-ignore
      expect(await spool.purge(NOW)).to.equal(1);
      expect(spool.body(1)).to.equal(null);
      expect(spool.find('plant', id('old'))?.fetched).to.equal(null);
      expect([spool.body(2), spool.body(3)].every((body) => body !== null)).to.equal(true);
      expect(await spool.accept(delivery('old'))).to.equal('duplicate');
    });

    it('lists the newest first, by state and backend', async () => {
      await Promise.all(['a', 'b'].map((n) => spool.accept(delivery(n))));
      await spool.accept(delivery('c', { held: HELD }));
      expect(spool.list({ limit: 2 }).map(({ seq }) => seq)).to.deep.equal([3, 2]);
      expect(spool.list({ limit: 9, state: 'held', backend: 'plant' }).map(({ seq }) => seq)).to.deep.equal([
        3,
      ]);
      expect(spool.list({ limit: 9, backend: 'other' })).to.deep.equal([]);
      expect(spool.oldestPending('plant')).to.equal(NOW);
      expect(spool.oldestPending('other')).to.equal(null);
    });

    it('gives what is newer of an event and subject, the newest first, in whatever state', async () => {
      const times = { old: 1, mine: 2, tie: 2, newer: 3, newest: 4 };
      for (const [n, time] of Object.entries(times)) await spool.accept(delivery(n, { time }));
      await spool.accept(delivery('early', { time: 5 }));
      await spool.accept(delivery('subject', { time: 9, subject: 'work_order/2' }));
      await spool.accept(delivery('event', { time: 9, event: 'WORK_ORDER_CHANGE' }));
      await spool.accept(delivery('backend', { time: 9, backend: 'other' }));
      await spool.accept(delivery('timeless', { time: null }));
      await spool.change([{ seq: 4, to: 'done', finished_at: NOW }, { seq: 5, to: 'held' }]); // prettier-ignore
      const newer = (name: string, limit = 9) => {
        const row = spool.find('plant', id(name));
        return row && spool.newer(row, limit).map(({ seq }) => seq);
      };
      expect(newer('mine')).to.deep.equal([6, 5, 4, 3]);
      expect(newer('mine', 2)).to.deep.equal([6, 5]);
      expect(newer('early')).to.deep.equal([]);
    });

    it('takes the order of arrival for newer where the product says no time', async () => {
      await Promise.all(['a', 'b', 'c'].map((n) => spool.accept(delivery(n, { time: null }))));
      await spool.accept(delivery('timed'));
      const row = spool.find('plant', id('b'));
      expect(row && spool.newer(row, 9).map(({ seq }) => seq)).to.deep.equal([3]);
    });

    it('remembers marks', async () => {
      expect(spool.getMark('m')).to.equal(null);
      await spool.setMark('m', '1');
      await spool.setMark('m', '2');
      expect(spool.getMark('m')).to.equal('2');
    });
  });
}

describe('sidecar/spool/sqlite-spool.ts on the disk', () => {
  it('has everything again after it was closed, counts included, and goes on counting up', async () => {
    const file = newFile();
    const first = openSqliteSpool(file);
    await Promise.all([
      first.accept(delivery('a')),
      first.accept(delivery('a')),
      first.accept(delivery('h', { held: HELD })),
    ]);
    const counts = first.counts('plant');
    await first.close();
    const second = openSqliteSpool(file);
    expect(second.counts('plant')).to.deep.equal(counts);
    expect(await second.accept(delivery('a'))).to.equal('duplicate');
    await second.accept(delivery('b'));
    expect(seqs(second)).to.deep.equal([1, 3]);
    await second.close();
  });

  it('takes over a file that was made before deliveries had a context', async () => {
    const path = newFile();
    await openSqliteSpool(path).close();
    const db = new DatabaseSync(path);
    db.exec('ALTER TABLE delivery DROP COLUMN context; DROP TABLE token; PRAGMA user_version = 1;');
    db.close();
    const spool = openSqliteSpool(path);
    const token = { backend: 'plant', key: 'k', expires: 1 };
    const rows = [delivery('a', { context: '{"ce":{}}' }), delivery('b')];
    expect(await spool.acceptAll(rows, [token], Buffer.from('x'))).to.deep.equal(['accepted', 'accepted']);
    expect(await spool.acceptAll(rows, [token], Buffer.from('y'))).to.equal(null);
    expect(spool.list({ limit: 2 }).at(-1)?.context).to.equal('{"ce":{}}');
    await spool.close();
  });

  it('writes with synchronous FULL to a write-ahead log', () => {
    const file = newFile();
    const spool = openSqliteSpool(file);
    const db = (spool as unknown as { db: DatabaseSync }).db;
    expect(db.prepare('PRAGMA synchronous').get()?.['synchronous']).to.equal(2);
    expect(db.prepare('PRAGMA journal_mode').get()?.['journal_mode']).to.equal('wal');
    return spool.close();
  });

  it('finds what is newer by an index, also in a file of before', async () => {
    const file = newFile();
    const first = openSqliteSpool(file);
    (first as unknown as { db: DatabaseSync }).db.exec('DROP INDEX IF EXISTS delivery_subject');
    await first.close();
    const spool = openSqliteSpool(file);
    const { db } = spool as unknown as { db: DatabaseSync };
    const { sql } = spool as unknown as { sql: Record<string, { sourceSQL: string }> };
    for (const [name, found] of [
      ['newerByTime', 'backend=? AND subject=? AND time>?'],
      ['newerByArrival', 'backend=? AND subject=? AND time=? AND rowid>?'],
    ] as const) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql[name]?.sourceSQL ?? ''}`).all();
      expect(plan.map(({ detail }) => detail)).to.deep.equal([
        `SEARCH delivery USING INDEX delivery_subject (${found})`,
      ]);
    }
    await spool.close();
  });

  it('answers nobody before the commit returned, and shares one commit among many', async () => {
    const groups: number[] = [];
    const spool = openSqliteSpool(newFile(), { onGroup: (size) => groups.push(size) });
    const names = Array.from({ length: 64 }, (_, index) => `n${index}`);
    let answered = 0;
    const all = names.map((name) => spool.accept(delivery(name)).then(() => (answered += 1)));
    await Promise.resolve();
    expect(answered).to.equal(0);
    await Promise.all(all);
    expect(groups).to.deep.equal([64]);
    await spool.close();
  });

  it('rejects when the disk takes no more, forgets what it did not write, and recovers', async () => {
    const spool = openSqliteSpool(newFile());
    await spool.accept(delivery('a'));
    const db = (spool as unknown as { db: DatabaseSync }).db;
    const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    db.exec(`PRAGMA max_page_count = ${pages + 1}`); // as a full disk: SQLITE_FULL
    const big = { body: Buffer.alloc(50_000, 97) };
    const results = await Promise.allSettled([
      spool.accept(delivery('b', big)),
      spool.accept(delivery('c', big)),
    ]);
    for (const result of results) {
      expect(result.status).to.equal('rejected');
      expect((result as PromiseRejectedResult).reason).to.be.instanceOf(SpoolError);
    }
    expect(spool.counts('plant').pending).to.equal(1);
    db.exec('PRAGMA max_page_count = 1073741823');
    expect(await spool.accept(delivery('b', big))).to.equal('accepted');
    expect(seqs(spool)).to.deep.equal([1, 2]);
    await spool.close();
  });

  it('does not open a file that another process holds, or that is no spool', async () => {
    const file = newFile();
    const spool = openSqliteSpool(file);
    expect(() => openSqliteSpool(file)).to.throw(SpoolError);
    await spool.close();
    expect(() => openSqliteSpool(folder)).to.throw(SpoolError);
  });

  it('rejects instead of hanging after it was closed', async () => {
    const spool = openSqliteSpool(newFile());
    await spool.close();
    const result = await Promise.allSettled([spool.accept(delivery('late'))]);
    expect(result[0].status).to.equal('rejected');
  });
});
