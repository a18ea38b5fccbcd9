import type { Connection, OdooClient } from './client.ts';
import { BringUpError } from './errors.ts';
import { step } from './progress.ts';

/** The variables that name an Odoo that exists already: all four, or none. */
export const EXISTING_ODOO_VARIABLES = {
  url: 'MILLWRIGHT_ODOO_URL',
  db: 'MILLWRIGHT_ODOO_DATABASE',
  user: 'MILLWRIGHT_ODOO_USER',
  password: 'MILLWRIGHT_ODOO_PASSWORD',
} as const;

const INSTALL_TIMEOUT_MS = 15 * 60_000;

/**
 * Reads the address of an Odoo that exists already. None of the variables set: undefined, we bring one up ourselves. Some but not
 * all, or a value that is no address: an error that names every problem. Pure.
 */
export function existingOdoo(env: Record<string, string | undefined>): Connection | undefined {
  const names = Object.values(EXISTING_ODOO_VARIABLES);
  const set = names.filter((name) => (env[name] ?? '') !== '');
  if (set.length === 0) return undefined;
  const missing = names.filter((name) => !set.includes(name));
  const problems: string[] = [];
  if (missing.length > 0) {
    problems.push(
      `${set.join(', ')} is set but ${missing.join(', ')} is not: set all four to use an Odoo that exists, or none.`,
    );
  }
  const url = env[EXISTING_ODOO_VARIABLES.url] ?? '';
  if (url !== '' && !isHttpAddress(url)) {
    problems.push(
      `${EXISTING_ODOO_VARIABLES.url} must be an address like https://erp.example.com or http://127.0.0.1:8069, without a path.`,
    );
  }
  if (problems.length > 0) throw new BringUpError('EXISTING_ODOO_CONFIG', problems.join('\n'));
  const { db, user, password } = EXISTING_ODOO_VARIABLES;
  return {
    url: url.replace(/\/+$/, ''),
    db: env[db] ?? '',
    user: env[user] ?? '',
    password: env[password] ?? '',
  };
}

function isHttpAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    ['http:', 'https:'].includes(url.protocol) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.username === ''
  );
}

interface ModuleRow {
  id: number;
  name: string;
  state: string;
}

/**
 * Installs addons into an Odoo that exists, over its external API, and updates those that are installed. The user needs the right to
 * install apps. Throws when an addon is not in that server's addons path, or is not installed afterwards.
 */
export async function installAddonsOver(client: OdooClient, addons: string[]): Promise<void> {
  await step(`Installing ${addons.join(', ')} in database "${client.db}" of ${client.url}`, async () => {
    await client.call('ir.module.module', 'update_list', [], {}, INSTALL_TIMEOUT_MS);
    const rows = await modules(client, addons);
    const unknown = addons.filter((name) => !rows.some((row) => row.name === name));
    if (unknown.length > 0) {
      throw new BringUpError(
        'ADDON_UNKNOWN',
        `That Odoo does not know ${unknown.join(', ')}. Put the addons below odoo_addon/ into a directory of its addons_path ` +
          '(or add odoo_addon/ itself to addons_path), restart it, and start again.',
      );
    }
    const ids = (installed: boolean): number[] =>
      rows.filter((row) => (row.state === 'installed') === installed).map((row) => row.id);
    if (ids(true).length > 0) await press(client, 'button_immediate_upgrade', ids(true));
    if (ids(false).length > 0) await press(client, 'button_immediate_install', ids(false));
    const left = (await modules(client, addons)).filter((row) => row.state !== 'installed');
    if (left.length > 0) {
      const states = left.map((row) => `${row.name} (${row.state})`).join(', ');
      throw new BringUpError(
        'ADDON_NOT_INSTALLED',
        `Not installed: ${states}. The log of that Odoo says why.`,
      );
    }
  });
}

function modules(client: OdooClient, names: string[]): Promise<ModuleRow[]> {
  return client.searchRead<ModuleRow>('ir.module.module', [['name', 'in', names]], ['name', 'state']);
}

async function press(client: OdooClient, button: string, ids: number[]): Promise<void> {
  await client.call('ir.module.module', button, [ids], {}, INSTALL_TIMEOUT_MS);
}
