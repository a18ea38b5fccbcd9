import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '../../scripts/odoo/index.ts';

const POLL_MS = 300;
const TIMEOUT_MS = 180_000;

/** A queue's table, the state of an item that was taken up, and that of one that is done. */
export interface Queue {
  table: string;
  begun: string;
  done: string;
}

/**
 * Makes a copy tell when items were taken up and done. The times are written in the queue's own transactions, by triggers that are the
 * same for every contestant. Scheduled jobs other than our runner are switched off.
 */
export async function installClock(db: string, { table, begun, done }: Queue): Promise<void> {
  const trigger = (what: string, state: string): string =>
    `create trigger bench_${what} after update on ${table} for each row
      when (new.state = '${state}' and old.state <> '${state}') execute function bench_time('${what}')`;
  await sql(
    `create table bench_time (what varchar, at timestamp default clock_timestamp());
     create function bench_time() returns trigger language plpgsql as
       'begin insert into bench_time (what) values (tg_argv[0]); return null; end';
     ${trigger('begun', begun)};
     ${trigger('done', done)};
     update ir_cron set active = false
       where id <> (select res_id from ir_model_data where module = 'millwright' and name = 'cron_runner')`,
    db,
  );
}

/** Seconds from the first item that is taken up to the last that is done, of `count` that `store` puts into the queue. */
export async function clockSeconds(db: string, count: number, store: () => Promise<void>): Promise<number> {
  await sql('delete from bench_time', db);
  await store();
  const end = performance.now() + TIMEOUT_MS;
  for (;;) {
    const done = Number(await sql("select count(*) from bench_time where what = 'done'", db));
    if (done >= count) break;
    if (performance.now() > end) throw new Error(`${done} of ${count} were done within three minutes`);
    await sleep(POLL_MS);
  }
  const seconds = `select extract(epoch from max(at) filter (where what = 'done') - min(at) filter (where what = 'begun')) from bench_time`;
  return Number(await sql(seconds, db));
}
