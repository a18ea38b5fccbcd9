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
const FULL = { rounds: 3, events: 5_000 };
const QUICK = { rounds: 1, events: 400 };
const PREPARE = new URL('./runners/prepare.py', import.meta.url);
const CONFLICT = /could not serialize access|deadlock detected|could not obtain lock/g;
const POLL_MS = 250;
const TIMEOUT_MS = 300_000;

interface Measure {
  per_s: number;
  /** Statements that met another transaction and were tried again. */
  retries: number;
}

/** Prints one JSON line; sets exit code 1 when a limit is missed or something was tried twice; throws when an end state is wrong. */
export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const size = quick ? QUICK : FULL;
  const durability = await readDurability();
  const found = { periodic: await measureRounds(false, size), real_time: await measureRounds(true, size) };
  const ratios = { periodic: ratioOf(found.periodic), real_time: ratioOf(found.real_time) };
  const retries = found.periodic.reduce((sum, [, two]) => sum + two.retries, 0);
  const per_s = { periodic: ratesOf(found.periodic), real_time: ratesOf(found.real_time) };
  const result = { bench: 'runners', ...size, per_s, ratios, retries, limits: LIMITS, ...durability };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (quick) return;
  judge(ratios, LIMITS);
  if (retries > 0) {
    process.stderr.write(`${retries} statements of two runners by product were tried again, expected none\n`);
    process.exitCode = 1;
  }
}

type Round = readonly [one: Measure, two: Measure];

async function measureRounds(realTime: boolean, size: typeof FULL): Promise<Round[]> {
  const template = await ensureSeeded({ realTime });
  const events = realTime ? consumptions(size.events) : await evenConsumptions(template, size.events);
  const rounds: Round[] = [];
  for (let round = 1; round <= size.rounds; round += 1) {
    const measures: Record<number, Measure> = {};
    for (const runners of round % 2 === 1 ? [1, 2] : [2, 1]) {
      const measured = await withCopy(template, (db) => measure(db, runners, events));
      const valuation = realTime ? 'real-time' : 'periodic';
      say(
        `round ${round}/${size.rounds}, ${valuation}, ${runners} runners: ${measured.per_s.toFixed(1)} per second`,
      );
      measures[runners] = measured;
    }
    const { 1: one, 2: two } = measures;
    if (one !== undefined && two !== undefined) rounds.push([one, two]);
  }
  return rounds;
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

async function measure(db: string, runners: number, events: readonly Consumption[]): Promise<Measure> {
  const options = { backend: BACKEND, runners, events: events.map(cloudEvent) };
  await callInShell(db, PREPARE, 'prepare', options);
  const logFile = join(runDir, `bench-runners-${process.pid}-${Date.now()}.log`);
  const server = await startOdoo({ db, workers: 2, maxCronThreads: 2, logFile });
  try {
    await allDone(db);
  } finally {
    await server.stop();
  }
  await checkEndState(db, events);
  await checkEntries(db);
  const seconds = Number(await sql('select extract(epoch from max(at) - min(at)) from bench_time', db));
  const log = await readFile(logFile, 'utf8');
  return { per_s: events.length / seconds, retries: log.match(CONFLICT)?.length ?? 0 };
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
  return Number(median(rounds.map(([one, two]) => two.per_s / one.per_s)).toFixed(3));
}

function ratesOf(rounds: readonly Round[]): { one: number; two: number } {
  const rate = (pick: (round: Round) => Measure): number =>
    Number(median(rounds.map((round) => pick(round).per_s)).toFixed(1));
  return { one: rate(([one]) => one), two: rate(([, two]) => two) };
}
