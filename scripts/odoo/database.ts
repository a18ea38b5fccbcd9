import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { BringUpError } from './errors.ts';
import { exec } from './exec.ts';
import { checkoutHome, ODOO_USER } from './paths.ts';
import { sql } from './postgres.ts';
import { dataDir } from './command.ts';

const COPY_TRIES = 20;
const COPY_PAUSE_MS = 500;

/** A database name for one purpose of this checkout: two checkouts of one machine share its PostgreSQL and may test at once. */
export function ownDatabase(purpose: string): string {
  return `millwright_${purpose}_${basename(checkoutHome).slice(0, 6)}`;
}

/** Whether a database of this name exists. */
export async function databaseExists(name: string): Promise<boolean> {
  return (await sql("select 1 from pg_database where datname = :'name'", 'postgres', { name })) === '1';
}

/**
 * A fresh copy of database `from` in one to two seconds; a database of that name is dropped before, with everybody who is
 * connected to it. Nobody may be connected to `from`.
 */
export async function copyDatabase(from: string, name: string): Promise<void> {
  assertDatabaseName(name);
  await dropDatabase(name);
  for (let attempt = 1; ; attempt += 1) {
    const result = await exec(['createdb', '-T', from, name], { user: ODOO_USER });
    if (result.code === 0) return;
    const busy = result.stderr.includes('being accessed by other users');
    if (!busy || attempt >= COPY_TRIES) {
      const remedy = busy
        ? `Stop the Odoo that runs on "${from}" first.`
        : 'Look at the disk and at the name of the source.';
      throw new BringUpError(
        'CREATE_DATABASE',
        `Could not copy "${from}" to "${name}": ${result.stderr.trim()} ${remedy}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, COPY_PAUSE_MS));
  }
}

/** A database with nothing in it, for Odoo to install into; one of that name is dropped before. */
export async function createEmptyDatabase(name: string): Promise<void> {
  await dropDatabase(name);
  const create = ['createdb', '-T', 'template0', '-E', 'UTF8', '--lc-collate=C', '--lc-ctype=C.UTF-8', name];
  await exec(create, { user: ODOO_USER });
}

/** Drops a database, whoever is connected, and its data directory. No such database: nothing happens. */
export async function dropDatabase(name: string): Promise<void> {
  assertDatabaseName(name);
  const result = await exec(['dropdb', '--if-exists', '--force', name], { user: ODOO_USER });
  if (result.code !== 0) {
    throw new BringUpError('DROP_DATABASE', `Could not drop database "${name}": ${result.stderr.trim()}`);
  }
  await rm(dataDir(name), { recursive: true, force: true });
}

/** Names are used in file names and patterns: letters, digits, `_` and `-` only. */
export function assertDatabaseName(name: string): void {
  if (/^[a-z][a-z0-9_-]{0,62}$/.test(name) && !['postgres', 'template0', 'template1'].includes(name)) return;
  throw new BringUpError(
    'DATABASE_NAME',
    `"${name}" cannot be used as a database name here: use lower-case letters, digits, "_" and "-", starting with a letter.`,
  );
}
