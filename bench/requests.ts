import { say, sql } from '../scripts/odoo/index.ts';
import { isQuick, judge, median } from './measure.ts';
import { ensureSeeded, withCopy } from './odoo/databases.ts';
import { readDurability } from './odoo/durability.ts';
import { callInShell } from './odoo/shell.ts';
import { BACKEND } from './posting/events.ts';
import { changes, cloudEvent, type Change } from './requests/events.ts';
import { measureOdooAwait } from './requests/odoo-await.ts';

/*
 * Changes of work orders from stored inbox rows to written requests, against one call per change over odoo-await. Every measure has a
 * fresh copy of one database; what the requests say afterwards is compared with what was sent, or the bench fails.
 */
const LIMITS = { odoo_await: 15 };
const NAMES = ['subject', 'odoo_await_1', 'odoo_await_4'] as const;
type Rates = Record<(typeof NAMES)[number], number>;

const FULL = { rounds: 3, changes: 2_000, calls: 300 };
const QUICK = { rounds: 1, changes: 300, calls: 40 };
const SUBJECT = new URL('./requests/subject.py', import.meta.url);

/** Prints one JSON line; sets exit code 1 when a limit is missed; throws when an end state is not what was sent. */
export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const size = quick ? QUICK : FULL;
  const orders = Array.from({ length: size.changes }, (_unused, index) => 10_000 + index);
  const template = await ensureSeeded({ orders });
  const durability = await readDurability();
  const all = changes(orders);
  if (!quick) await measureRound(template, all, 40, 1);
  const rounds: Rates[] = [];
  for (let round = 1; round <= size.rounds; round += 1) {
    rounds.push(await measureRound(template, all, size.calls, round));
    say(`round ${round}/${size.rounds}, changes per second: ${JSON.stringify(rounds.at(-1))}`);
  }
  const rate = (name: keyof Rates): number => median(rounds.map((rates) => rates[name]));
  const ratio = median(
    rounds.map((rates) => rates.subject / Math.max(rates.odoo_await_1, rates.odoo_await_4)),
  );
  const ratios = { odoo_await: Number(ratio.toFixed(3)) };
  const result = {
    bench: 'requests',
    changes: size.changes,
    subject_per_s: rate('subject'),
    peers: { odoo_await_1: rate('odoo_await_1'), odoo_await_4: rate('odoo_await_4') },
    ratios,
    limits: LIMITS,
    odoo_await_changes: size.calls,
    rounds: size.rounds,
    ...durability,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (!quick) judge(ratios, LIMITS);
}

/** Changes per second of each; every second round backwards. */
async function measureRound(
  template: string,
  all: readonly Change[],
  calls: number,
  round: number,
): Promise<Rates> {
  const rates: Rates = { subject: 0, odoo_await_1: 0, odoo_await_4: 0 };
  for (const name of round % 2 === 1 ? NAMES : NAMES.toReversed()) {
    const given = name === 'subject' ? all : all.slice(0, calls);
    await withCopy(template, async (db) => {
      const seconds =
        name === 'subject'
          ? await measureSubject(db, given)
          : await measureOdooAwait(db, given, name === 'odoo_await_1' ? 1 : 4);
      rates[name] = Number((given.length / seconds).toFixed(1));
      await checkRequests(db, given);
    });
  }
  return rates;
}

async function measureSubject(db: string, given: readonly Change[]): Promise<number> {
  const options = { backend: BACKEND, events: given.map(cloudEvent) };
  return (await callInShell<{ seconds: number }>(db, SUBJECT, 'measure', options)).seconds;
}

/** Every request says what was sent. Throws when one does not. */
async function checkRequests(db: string, given: readonly Change[]): Promise<void> {
  const found = await sql(
    `select count(*) from millwright_atlas_work_order o join maintenance_request r on r.id = o.request_id
       join maintenance_stage s on s.id = r.stage_id
       join json_to_recordset('${JSON.stringify(given)}') as given (title text, description text, "order" text)
         on given."order" = o.external_id and given.title = r.name and r.description::text like '%' || given.description || '%'
      where r.priority = '3' and s.name ->> 'en_US' = 'In Progress'`,
    db,
  );
  if (Number(found) !== given.length)
    throw new Error(`requests that say what was sent: found ${found}, expected ${given.length}`);
}
