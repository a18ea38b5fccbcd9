import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exec } from './exec.ts';
import { BringUpError } from './errors.ts';

/** OS user and PostgreSQL role that Odoo runs as. */
export const ODOO_USER = 'odoo';

/** The checkout this file belongs to. */
export const checkout = dirname(dirname(import.meta.dirname));

/**
 * What all checkouts on this machine share: Odoo itself, apt's lists, the downloaded package. It lies outside the checkout
 * because user odoo may not be allowed to enter the checkout (a clone below a directory with mode 700).
 */
export const home = process.env['MILLWRIGHT_HOME'] ?? '/var/lib/millwright';

/** What belongs to this checkout but has to be readable by user odoo: a copy of our addons, data directories. */
export const checkoutHome = join(
  home,
  'checkouts',
  createHash('sha256').update(checkout).digest('hex').slice(0, 12),
);

/** Logs, for people: in the checkout, git-ignored. */
export const runDir = join(checkout, '.run');

/** Every step that changes the machine needs root. */
export function requireRoot(what: string): void {
  if (process.getuid?.() === 0) return;
  throw new BringUpError(
    'ROOT_NEEDED',
    `${what} needs root. Run the same command as root, or use an Odoo that exists already: set MILLWRIGHT_ODOO_URL, ` +
      'MILLWRIGHT_ODOO_DATABASE, MILLWRIGHT_ODOO_USER and MILLWRIGHT_ODOO_PASSWORD.',
  );
}

/** Makes a directory that user odoo owns. */
export async function ensureOdooDir(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  await exec(['chown', `${ODOO_USER}:${ODOO_USER}`, path]);
  return path;
}
