import { say, sql } from '../scripts/odoo/index.ts';
import { BATCH, batchesOf, type CloudEvent } from './accept/events.ts';
import { measureEndpoint } from './accept/endpoint.ts';
import { isQuick, judge, median } from './measure.ts';
import { ensureSeeded, withCopy } from './odoo/databases.ts';
import { readDurability } from './odoo/durability.ts';
import { callInShell } from './odoo/shell.ts';
import { BACKEND } from './posting/events.ts';

/*
 * Storing events through the endpoint of a real server, against a raw INSERT of the same rows. Both work on fresh copies of one
 * database; what stands in the inbox afterwards is compared, or the bench fails.
 */
const LIMITS = { raw_insert: 0.5 };
const NAMES = ['subject', 'raw_insert'] as const;
type Name = (typeof NAMES)[number];

const FULL = { rounds: 5, batches: 20 };
const QUICK = { rounds: 1, batches: 3 };
const RAW = new URL('./accept/raw_insert.py', import.meta.url);
/** All that both write, but for when and by whom. */
const STORED = `select count(*) || ' ' || md5(string_agg(concat_ws('|', event_id, event, subject, event_time, received_at, payload, fetched,
  state, lane, lane_rank, attempts), ',' order by event_id)) from millwright_inbox where event = 'PART_QUANTITY_CHANGED'`;

/** Prints one JSON line; sets exit code 1 when a limit is missed; throws when the end states differ. */
export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const template = await ensureSeeded();
  const durability = await readDurability();
  const size = quick ? QUICK : FULL;
  const batches = batchesOf(size.batches);
  if (!quick) await measureRound(template, batches.slice(0, 2), 1);
  const rounds: Record<Name, number>[] = [];
  for (let round = 1; round <= size.rounds; round += 1) {
    rounds.push(await measureRound(template, batches, round));
    const shown = NAMES.map((name) => `${name} ${rounds.at(-1)?.[name].toFixed(0)}`).join(', ');
    say(`round ${round}/${size.rounds}, events per second: ${shown}`);
  }
  const ratios = {
    raw_insert: Number(median(rounds.map(({ subject, raw_insert }) => subject / raw_insert)).toFixed(3)),
  };
  const result = {
    bench: 'accept',
    events: size.batches * BATCH,
    batch: BATCH,
    subject_per_s: Math.round(median(rounds.map(({ subject }) => subject))),
    peers: { raw_insert: Math.round(median(rounds.map(({ raw_insert }) => raw_insert))) },
    ratios,
    limits: LIMITS,
    rounds: size.rounds,
    ...durability,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (!quick) judge(ratios, LIMITS);
}

/** Events per second of each; every second round backwards. */
async function measureRound(
  template: string,
  batches: readonly (readonly CloudEvent[])[],
  round: number,
): Promise<Record<Name, number>> {
  const rates = { subject: 0, raw_insert: 0 };
  const stored = new Set<string>();
  for (const name of round % 2 === 1 ? NAMES : NAMES.toReversed()) {
    await withCopy(template, async (db) => {
      const seconds = await (name === 'subject' ? measureEndpoint(db, batches) : measureRaw(db, batches));
      rates[name] = (batches.length * BATCH) / seconds;
      stored.add(await sql(STORED, db));
    });
  }
  if (stored.size !== 1) throw new Error(`the inboxes differ: ${[...stored].join(' and ')}`);
  return rates;
}

async function measureRaw(db: string, batches: readonly (readonly CloudEvent[])[]): Promise<number> {
  const options = { backend: BACKEND, batches };
  return (await callInShell<{ seconds: number }>(db, RAW, 'measure', options)).seconds;
}
