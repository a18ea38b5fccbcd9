import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BringUpError,
  checkout,
  createDatabase,
  databaseExists,
  dropDatabase,
  ensureTemplate,
  installModules,
  sql,
  step,
} from '../odoo/index.ts';
import { withLock } from '../odoo/lock.ts';

const SOURCE = join(checkout, 'odoo_addon');

/**
 * A database with our addons installed, to be copied: built once for each state of the addons (half a minute), then free. The one
 * of an earlier state is dropped. Throws BringUpError when an addon does not install.
 */
export async function ensureInstalled(addons: string[]): Promise<string> {
  const template = await ensureTemplate();
  const family = `millwright_installed_${digest(checkout, ...addons).slice(0, 8)}`;
  const name = `${family}_${digest(template, ...addons.flatMap((addon) => contents(join(SOURCE, addon)))).slice(0, 10)}`;
  if (await databaseExists(name)) return name;
  await withLock('installed', async () => {
    if (await databaseExists(name)) return;
    await dropFamily(family);
    await step(`Installing ${addons.join(', ')} (once for each state of the addons)`, () =>
      build(name, addons),
    );
  });
  return name;
}

async function dropFamily(family: string): Promise<void> {
  const old = await sql("select datname from pg_database where datname like :'pattern'", 'postgres', {
    pattern: `${family}%`,
  });
  for (const database of old.split('\n').filter((line) => line !== '')) await dropDatabase(database);
}

async function build(name: string, addons: string[]): Promise<void> {
  const draft = `${name}_draft`;
  await createDatabase(draft);
  const result = await installModules(draft, addons);
  if (!result.ok) {
    const reason =
      result.log.match(/^[\w.]+(?:Error|Exception): .*/gm)?.at(-1) ?? result.failures[0] ?? 'no reason';
    throw new BringUpError(
      'INSTALL_FAILED',
      `${addons.join(', ')} could not be installed: ${reason.slice(0, 300)}. The log is ${result.logFile}.`,
    );
  }
  await sql(`alter database "${draft}" rename to "${name}"`);
}

function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && !entry.parentPath.includes('__pycache__') && !entry.parentPath.includes('/tests'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((path) => [path, readFileSync(path, 'latin1')]);
}

function digest(...texts: string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
}
