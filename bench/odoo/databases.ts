import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createDatabase, databaseExists, dropDatabase, sql } from '../../scripts/odoo/index.ts';
import { ensureInstalled } from '../../scripts/start/installed.ts';
import { BACKEND, OPENING, PARTS, WORK_ORDERS } from '../posting/events.ts';
import { callInShell } from './shell.ts';

/** In another order than `npm start` has them: the bench keeps a family of databases of its own. */
const ADDONS = ['millwright_atlas', 'millwright'];

const SEED = new URL('./seed.py', import.meta.url);

interface Seed {
  orders?: readonly number[];
  /** Products are valued with a journal entry for each posting; otherwise at the end of a period. */
  realTime?: boolean;
  /** So many messages are done already, each with its integration row and its audit row. */
  finished?: number;
}

/**
 * The database that every contestant gets a copy of, with addons, plant, stock and open work orders. Built once for each state of
 * addons and seed; it goes when that of the addons goes.
 */
export async function ensureSeeded(seed: Seed = {}): Promise<string> {
  const installed = await ensureInstalled(ADDONS);
  const options = {
    backend: BACKEND,
    parts: PARTS,
    work_orders: seed.orders ?? WORK_ORDERS,
    opening: OPENING,
    real_time: seed.realTime ?? false,
    finished: seed.finished ?? 0,
  };
  const name = `${installed}_${seedHash(options)}`;
  if (await databaseExists(name)) return name;
  const draft = `${name}_draft`;
  await createDatabase(draft, { from: installed });
  await callInShell(draft, SEED, 'seed', options);
  await sql(`alter database "${draft}" rename to "${name}"`);
  return name;
}

/** Works on a fresh copy, which is gone afterwards. */
export async function withCopy<T>(template: string, work: (db: string) => Promise<T>): Promise<T> {
  const db = `bench_${process.pid}`;
  await createDatabase(db, { from: template });
  try {
    await sql('checkpoint'); // what the copy wrote is not part of what is measured
    return await work(db);
  } finally {
    await dropDatabase(db);
  }
}

function seedHash(options: object): string {
  const hash = createHash('sha256').update(readFileSync(SEED));
  return hash.update(JSON.stringify(options)).digest('hex').slice(0, 8);
}
