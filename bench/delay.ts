import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { connectOdoo, say, sql, startOdoo, type OdooClient } from '../scripts/odoo/index.ts';
import { postBatch } from './accept/endpoint.ts';
import { cloudEvent } from './accept/events.ts';
import { isQuick, judge, median } from './measure.ts';
import { ensureSeeded, withCopy } from './odoo/databases.ts';
import { readDurability } from './odoo/durability.ts';
import { callInShell } from './odoo/shell.ts';
import { BACKEND, consumptions } from './posting/events.ts';

/*
 * From a stored critical event to its done move on an idle system, against the time that Odoo itself needs from the trigger of a
 * scheduled job that does nothing to its run, on the same server.
 */
const MODES = { threaded: 0, prefork: 2 } as const;
type Mode = keyof typeof MODES;
const LIMITS = { threaded: { most: 3 }, prefork: { most: 3 } };
/** Each round has processes of its own: a prefork cron process sleeps up to 90 ms after it is woken, as many as its process id says. */
const FULL = { rounds: 4, events: 10 };
const QUICK = { rounds: 1, events: 3 };
const PREPARE = new URL('./delay/prepare.py', import.meta.url);
/** Odoo's crons have begun to wait by then. */
const SETTLE_MS = 5_000;
const PAUSE_MS = 300;
const TIMEOUT_MS = 60_000;

interface Delays {
  subject_ms: number;
  cron_ms: number;
}

/** Prints one JSON line; sets exit code 1 when a limit is missed. */
export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const template = await ensureSeeded();
  const durability = await readDurability();
  const { rounds, events } = quick ? QUICK : FULL;
  const found = {} as Record<Mode, Delays>;
  for (const mode of Object.keys(MODES) as Mode[]) {
    const taken: Delays[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const delays = await withCopy(template, (db) => measure(db, mode, events));
      say(`${mode}, round ${round}/${rounds}: ${JSON.stringify(delays)}`);
      taken.push(delays);
    }
    found[mode] = { subject_ms: meanOf(taken, 'subject_ms'), cron_ms: meanOf(taken, 'cron_ms') };
  }
  const ratio = ({ subject_ms, cron_ms }: Delays): number => Number((subject_ms / cron_ms).toFixed(3));
  const ratios = { threaded: ratio(found.threaded), prefork: ratio(found.prefork) };
  const result = { bench: 'delay', rounds, events, ...found, ratios, limits: LIMITS, ...durability };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (!quick) judge(ratios, LIMITS);
}

function meanOf(rounds: readonly Delays[], name: keyof Delays): number {
  return Number((rounds.reduce((sum, round) => sum + round[name], 0) / rounds.length).toFixed(1));
}

/** Medians of both, measured by turns. */
async function measure(db: string, mode: Mode, events: number): Promise<Delays> {
  const options = { backend: BACKEND };
  const { key, ask } = await callInShell<{ key: string; ask: number }>(db, PREPARE, 'prepare', options);
  const server = await startOdoo({ db, workers: MODES[mode], maxCronThreads: 2 });
  const agent = new Agent({ connections: 1 });
  try {
    await server.waitReady();
    const odoo = await connectOdoo({ url: server.url, db, user: 'admin', password: 'admin' });
    await sleep(SETTLE_MS);
    // one more than is counted: the first of each loads what the others use
    for (const [index, event] of consumptions(events + 1).entries()) {
      const body = JSON.stringify([{ ...cloudEvent(event), lane: 'critical' }]);
      const statuses = await postBatch({ url: server.url, db, key, agent }, body);
      if (statuses[0] !== 'accepted') throw new Error(`an event was answered ${statuses.join()}`);
      await until(db, 'done', index + 1);
      await askCron(odoo, ask);
      await until(db, 'ran', index + 1);
    }
    return { subject_ms: await delay(db, 'stored', 'done'), cron_ms: await delay(db, 'asked', 'ran') };
  } finally {
    await agent.close();
    await server.stop();
  }
}

async function askCron(odoo: OdooClient, action: number): Promise<void> {
  await odoo.call('ir.actions.server', 'run', [[action]]);
}

/**
 * Waits until so many stand there, and a moment longer, so that nothing runs any more. To ask is a load of its own (a psql each
 * time), so it begins when all should be over.
 */
async function until(db: string, what: string, count: number): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  await sleep(PAUSE_MS);
  while (Number(await sql(`select count(*) from bench_time where what = '${what}'`, db)) < count) {
    if (performance.now() > end) throw new Error(`${what}: not ${count} within a minute`);
    await sleep(PAUSE_MS);
  }
  await sleep(PAUSE_MS);
}

/** Median milliseconds from one time to the other of the same name, without the first. */
async function delay(db: string, from: string, to: string): Promise<number> {
  const rows = await sql(
    `select extract(epoch from b.at - a.at) * 1000 from bench_time a join bench_time b using (name)
      where a.what = '${from}' and b.what = '${to}' order by a.at offset 1`,
    db,
  );
  return Number(median(rows.split('\n').filter(Boolean).map(Number)).toFixed(1));
}
