import { say } from '../scripts/odoo/index.ts';
import { BATCH, batchesOf } from './accept/events.ts';
import { measureEndpoint } from './accept/endpoint.ts';
import { isQuick, judge, median } from './measure.ts';
import { ensureSeeded, withCopy } from './odoo/databases.ts';
import { readDurability } from './odoo/durability.ts';
import { callInShell } from './odoo/shell.ts';
import { checkEndState } from './posting/end-state.ts';
import { BACKEND, consumptions } from './posting/events.ts';

/*
 * The same work in a database in which nothing was done yet, and in one with a million finished messages: storing events through the
 * endpoint of a real server, and posting them.
 */
const LIMITS = { accept: 0.8, posting: 0.8 };
type Work = keyof typeof LIMITS;
const FULL = { rounds: 3, finished: 1_000_000, batches: 10, events: 2_000 };
const QUICK = { rounds: 1, finished: 20_000, batches: 2, events: 400 };
const SUBJECT = new URL('./posting/subject.py', import.meta.url);

/** Prints one JSON line; sets exit code 1 when a limit is missed; throws when an end state is not what was sent. */
export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const size = quick ? QUICK : FULL;
  const templates = { empty: await ensureSeeded(), full: await ensureSeeded({ finished: size.finished }) };
  const durability = await readDurability();
  const measures = {
    accept: (db: string) => accept(db, size.batches),
    posting: (db: string) => post(db, size.events),
  };
  const rates = { accept: rounds(), posting: rounds() };
  for (let round = 1; round <= size.rounds; round += 1) {
    const order = ['empty', 'full'] as const;
    for (const work of Object.keys(measures) as Work[]) {
      for (const state of round % 2 === 1 ? order : order.toReversed()) {
        const rate = await withCopy(templates[state], measures[work]);
        rates[work][state].push(rate);
        say(`round ${round}/${size.rounds}, ${work}, ${state}: ${rate.toFixed(1)} per second`);
      }
    }
  }
  const ratio = ({ empty, full }: Rounds): number =>
    Number(median(full.map((rate, index) => rate / (empty[index] ?? NaN))).toFixed(3));
  const ratios = { accept: ratio(rates.accept), posting: ratio(rates.posting) };
  const per_s = { accept: medians(rates.accept), posting: medians(rates.posting) };
  const result = { bench: 'growth', ...size, per_s, ratios, limits: LIMITS, ...durability };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (!quick) judge(ratios, LIMITS);
}

interface Rounds {
  empty: number[];
  full: number[];
}

function rounds(): Rounds {
  return { empty: [], full: [] };
}

function medians({ empty, full }: Rounds): { empty: number; full: number } {
  return { empty: Number(median(empty).toFixed(1)), full: Number(median(full).toFixed(1)) };
}

async function accept(db: string, batches: number): Promise<number> {
  return (batches * BATCH) / (await measureEndpoint(db, batchesOf(batches)));
}

async function post(db: string, count: number): Promise<number> {
  const events = consumptions(count);
  const { seconds } = await callInShell<{ seconds: number }>(db, SUBJECT, 'measure', {
    backend: BACKEND,
    events,
  });
  await checkEndState(db, events);
  return count / seconds;
}
