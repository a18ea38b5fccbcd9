import { say } from '../scripts/odoo/index.ts';
import { isQuick, judge, median } from './measure.ts';
import { ensureSeeded, withCopy } from './odoo/databases.ts';
import { readDurability } from './odoo/durability.ts';
import { checkEndState, checkEntries, checkTraces, findReserved } from './posting/end-state.ts';
import { BACKEND, consumptions, SHAPE_NAMES, type Consumption, type Shape } from './posting/events.ts';
import { measureOdooAwait } from './posting/odoo-await.ts';
import { callInShell } from './odoo/shell.ts';

/*
 * Parts consumption from stored inbox rows to done moves, against the best batches by hand and against two calls per event over
 * odoo-await. Every measure has a fresh copy of one database; the end state is compared with what was sent, or the bench fails.
 */
const LIMITS = { odoo_await: 18, orm_batches: 0.85 };
/** Odoo itself is slower then: an entry in the journal for each call of `_action_done`. */
const LIMITS_REAL_TIME = { odoo_await: 8 };
const NAMES = ['subject', 'orm_batches', 'odoo_await_1', 'odoo_await_4'] as const;
type Name = (typeof NAMES)[number];
type Rates = Record<Name, number>;

interface Size {
  rounds: number;
  /** For the subject and the ORM. */
  events: number;
  /** For odoo-await, which is slower by far. */
  calls: number;
}
const FULL: Size = { rounds: 3, events: 5_000, calls: 300 };
const WARM_UP: Size = { rounds: 1, events: 400, calls: 40 };
const QUICK: Size = { rounds: 1, events: 400, calls: 40 };

/** Prints one JSON line; throws when an end state is not what was sent. */
export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const realTime = args.includes('--real-time');
  const shape = shapeOf(args);
  if (shape === undefined) return;
  const template = await ensureSeeded({ realTime });
  const durability = await readDurability();
  if (!quick) await measureRounds(template, shape, WARM_UP, 'warm-up');
  const size = quick ? QUICK : FULL;
  const rounds = await measureRounds(template, shape, size, 'round');
  const ratios = ratiosOf(rounds);
  const limits = realTime ? LIMITS_REAL_TIME : LIMITS;
  const valuation = realTime ? 'real_time' : 'periodic';
  const result = { ...summarise(rounds, size), shape, valuation, ratios, limits, ...durability };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (!quick) judge(ratios, limits);
}

/** What `--shape NAME` says; without it the events are spread. Undefined, with exit code 2 and a sentence, for a name that is none. */
function shapeOf(args: readonly string[]): Shape | undefined {
  const at = args.indexOf('--shape');
  if (at < 0) return 'spread';
  const shape = SHAPE_NAMES.find((name) => name === args[at + 1]);
  if (shape === undefined) {
    process.stderr.write(`--shape ${args[at + 1] ?? ''}: choose one of ${SHAPE_NAMES.join(', ')}.\n`);
    process.exitCode = 2;
  }
  return shape;
}

/** Interleaved and every second round backwards, so that what else the machine does falls on all of them. */
async function measureRounds(template: string, shape: Shape, size: Size, label: string): Promise<Rates[]> {
  const rounds: Rates[] = [];
  for (let round = 1; round <= size.rounds; round += 1) {
    const rates: Rates = { subject: 0, orm_batches: 0, odoo_await_1: 0, odoo_await_4: 0 };
    for (const name of round % 2 === 1 ? NAMES : NAMES.toReversed()) {
      const events = consumptions(name.startsWith('odoo_await') ? size.calls : size.events, shape);
      rates[name] = events.length / (await withCopy(template, (db) => measure(name, db, events)));
      say(`${label} ${round}/${size.rounds} ${name}: ${rates[name].toFixed(1)} per second`);
    }
    rounds.push(rates);
  }
  return rounds;
}

/**
 * Seconds that one contestant needs for the events; what it leaves behind is checked. Callers side by side that leave a reservation
 * took for ever: Odoo may do that where several take the same stock. The caller by itself counts then.
 */
async function measure(name: Name, db: string, events: readonly Consumption[]): Promise<number> {
  const seconds = await measureSeconds(name, db, events);
  const mayStayReserved = name === 'odoo_await_4';
  await checkEndState(db, events, { mayStayReserved });
  await checkEntries(db);
  if (name === 'subject') await checkTraces(db, events);
  const reserved = mayStayReserved ? await findReserved(db) : [];
  if (reserved.length === 0) return seconds;
  say(`${name} left stock of part ${reserved.join(', ')} reserved: it does not count in this round`);
  return Infinity;
}

async function measureSeconds(name: Name, db: string, events: readonly Consumption[]): Promise<number> {
  if (name === 'odoo_await_1') return measureOdooAwait(db, events, 1);
  if (name === 'odoo_await_4') return measureOdooAwait(db, events, 4);
  const options = { backend: BACKEND, events };
  return (
    await callInShell<{ seconds: number }>(
      db,
      new URL(`./posting/${name}.py`, import.meta.url),
      'measure',
      options,
    )
  ).seconds;
}

/** Medians of the rounds' own ratios: each compares what ran side by side. */
function ratiosOf(rounds: Rates[]): Record<keyof typeof LIMITS, number> {
  const ratio = (peer: (rates: Rates) => number): number =>
    Number(median(rounds.map((rates) => rates.subject / peer(rates))).toFixed(3));
  return {
    odoo_await: ratio((rates) => Math.max(rates.odoo_await_1, rates.odoo_await_4)),
    orm_batches: ratio((rates) => rates.orm_batches),
  };
}

function summarise(rounds: Rates[], size: Size): Record<string, unknown> {
  const rate = (name: Name): number => Number(median(rounds.map((rates) => rates[name])).toFixed(1));
  return {
    bench: 'posting',
    events: size.events,
    subject_per_s: rate('subject'),
    peers: {
      odoo_await_1: rate('odoo_await_1'),
      odoo_await_4: rate('odoo_await_4'),
      orm_batches: rate('orm_batches'),
    },
    odoo_await_events: size.calls,
    rounds: size.rounds,
  };
}
