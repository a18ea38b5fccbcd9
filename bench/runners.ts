import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runDir, say, sql, startOdoo } from '../scripts/odoo/index.ts';
import { cloudEvent } from './accept/events.ts';
import { isQuick, judge, median } from './measure.ts';
import { ensureSeeded, withCopy } from './odoo/databases.ts';
import { readDurability } from './odoo/durability.ts';
import { callInShell } from './odoo/shell.ts';
import { checkEndState, checkEntries } from './posting/end-state.ts';
import { BACKEND, consumptions, type Consumption } from './posting/events.ts';

/*
 * Two runners against one: a real prefork server posts a backlog with its crons. Under periodic valuation a product is a shard; under
 * real-time valuation the journal is one, since its sequence is a lock, and all of one journal falls to one runner.
 */
const LIMITS = { periodic: 1.8 };
const FULL = { periodic: { rounds: 3, events: 5_000 }, real_time: { rounds: 1, events: 2_500 } };
const QUICK = { periodic: { rounds: 1, events: 400 }, real_time: { rounds: 1, events: 400 } };
/** How many runners there are in the turns of a round. A machine that grows slower meanwhile weighs on both alike. */
const TURNS = [1, 2, 2, 1];
const PREPARE = new URL('./runners/prepare.py', import.meta.url);
const CONFLICT = /could not serialize access|deadlock detected|could not obtain lock/g;
const WARM_UP = 200;
const POLL_MS = 2_000; // to ask is a load of its own
const TIMEOUT_MS = 300_000;

/** What all turns of one round took. */
interface Round {
  /** Seconds of one event, by the number of runners. */
  seconds: { one: number; two: number };
  /** Statements that met another transaction and were tried again. */
  retries: number;
}

/** Prints one JSON line; sets exit code 1 when a limit is missed or something was tried twice; throws when an end state is wrong. */
export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const size = quick ? QUICK : FULL;
  const durability = await readDurability();
  const found = {
    periodic: await measureRounds('periodic', size.periodic),
    real_time: await measureRounds('real_time', size.real_time),
  };
  const ratios = { periodic: ratioOf(found.periodic), real_time: ratioOf(found.real_time) };
  const retries = found.periodic.reduce((sum, round) => sum + round.retries, 0);
  const per_s = { periodic: ratesOf(found.periodic), real_time: ratesOf(found.real_time) };
  const result = { bench: 'runners', size, per_s, ratios, retries, limits: LIMITS, ...durability };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (quick) return;
  judge(ratios, LIMITS);
  if (retries > 0) {
    process.stderr.write(`${retries} statements of runners by product were tried again, expected none\n`);
    process.exitCode = 1;
  }
}

type Valuation = keyof typeof FULL;

async function measureRounds(
  valuation: Valuation,
  { rounds, events }: (typeof FULL)[Valuation],
): Promise<Round[]> {
  const template = await ensureSeeded({ realTime: valuation === 'real_time' });
  const count = WARM_UP + TURNS.length * events;
  const backlog = valuation === 'real_time' ? consumptions(count) : await evenConsumptions(template, count);
  const found: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round}/${rounds}, ${valuation}`);
    found.push(await withCopy(template, (db) => measure(db, backlog)));
  }
  return found;
}

/**
 * Events of as many products of the first runner as of the second: the products' shards come as they come, and of an uneven share the
 * ratio would say how uneven it is.
 */
async function evenConsumptions(template: string, count: number): Promise<Consumption[]> {
  const { parts } = await withCopy(template, (db) =>
    callInShell<{ parts: [number[], number[]] }>(db, PREPARE, 'parts_by_runner', { backend: BACKEND }),
  );
  const each = Math.min(...parts.map((own) => own.length));
  const chosen = new Set(parts.flatMap((own) => own.slice(0, each)));
  say(`products of each runner: ${parts.map((own) => own.length).join(' and ')}; of each ${each} are taken`);
  if (each === 0) throw new Error('one runner has no product; seed more of them');
  return consumptions(count * parts.flat().length)
    .filter(({ part }) => chosen.has(part))
    .slice(0, count);
}

/** The backlog of each turn comes in when that of the turn before is done, to one and the same server. */
async function measure(db: string, backlog: readonly Consumption[]): Promise<Round> {
  await callInShell(db, PREPARE, 'prepare', {});
  const logFile = join(runDir, `bench-runners-${process.pid}-${Date.now()}.log`);
  const server = await startOdoo({ db, workers: 2, maxCronThreads: 2, logFile });
  const seconds = { one: 0, two: 0 };
  try {
    await server.waitReady();
    await carryOut(db, 2, backlog.slice(0, WARM_UP));
    const each = (backlog.length - WARM_UP) / TURNS.length;
    for (const [turn, runners] of TURNS.entries()) {
      const start = WARM_UP + turn * each;
      const taken = await carryOut(db, runners, backlog.slice(start, start + each));
      say(`${runners} at work: ${(each / taken).toFixed(1)} per second`);
      seconds[runners === 1 ? 'one' : 'two'] += taken / each;
    }
  } finally {
    await server.stop();
  }
  await checkEndState(db, backlog);
  await checkEntries(db);
  const log = await readFile(logFile, 'utf8');
  return { seconds, retries: log.match(CONFLICT)?.length ?? 0 };
}

/** Seconds from the first claim to the last settlement. */
async function carryOut(db: string, runners: number, events: readonly Consumption[]): Promise<number> {
  const options = { backend: BACKEND, runners, events: events.map(cloudEvent) };
  // What the turn before left to be done in the background would fall on this one: one runner leaves a processor for it, two do not.
  for (const cleaning of ['vacuum (analyze)', 'checkpoint']) await sql(cleaning, db);
  await callInShell(db, PREPARE, 'store_backlog', options);
  await allDone(db);
  return Number(await sql('select extract(epoch from max(at) - min(at)) from bench_time', db));
}

async function allDone(db: string): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  const open = `select count(*) from millwright_inbox where state in ('pending', 'processing', 'held')`;
  for (let left = await sql(open, db); left !== '0'; left = await sql(open, db)) {
    if (performance.now() > end) throw new Error(`${left} commands are still open after five minutes`);
    await sleep(POLL_MS);
  }
}

function ratioOf(rounds: readonly Round[]): number {
  return Number(median(rounds.map(({ seconds }) => seconds.one / seconds.two)).toFixed(3));
}

function ratesOf(rounds: readonly Round[]): { one: number; two: number } {
  const rate = (pick: (round: Round) => number): number =>
    Number(median(rounds.map((round) => TURNS.length / 2 / pick(round))).toFixed(1));
  return { one: rate(({ seconds }) => seconds.one), two: rate(({ seconds }) => seconds.two) };
}
