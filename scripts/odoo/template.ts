import { createHash } from 'node:crypto';
import { copyDatabase, createEmptyDatabase, databaseExists } from './database.ts';
import { BringUpError } from './errors.ts';
import { withLock } from './lock.ts';
import { installModules } from './modules.ts';
import { ensureOdoo } from './package.ts';
import { ensurePostgres, sql } from './postgres.ts';
import { step } from './progress.ts';
import { startOdoo } from './server.ts';
import { odooShell } from './shell.ts';

/** What our addons stand on; each brings its dependencies (70 modules in all). Kept sorted: the list is part of the name. */
export const TEMPLATE_MODULES = [
  'account',
  'contacts',
  'hr_maintenance',
  'maintenance',
  'mrp',
  'mrp_account',
  'purchase_stock',
  'rpc',
  'stock',
  'stock_account',
  'stock_maintenance',
] as const;

/** Raise it when the way the template is built changes. */
const RECIPE = 1;

/** Settings that a template needs to be one self-contained database. */
const SETUP = `
params = env['ir.config_parameter'].sudo()
params.set_param('ir_attachment.location', 'db')
env['ir.attachment'].sudo().force_storage()
env.ref('base.user_admin').write({'password': 'admin', 'tz': 'UTC'})
company = env.ref('base.main_company')
assert company.chart_template, 'the company has no chart of accounts'
assert company.currency_id.name in ('USD', 'EUR'), company.currency_id.name
env.cr.commit()
`;

/** The name of this checkout's template: it depends on the modules, the Odoo version and the recipe. */
export function templateName(odooVersion: string): string {
  const text = [RECIPE, odooVersion, ...TEMPLATE_MODULES].join('\n');
  return `millwright_template_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

/**
 * A template database with stock, purchase, manufacturing, maintenance and accounting installed, no demo data, the generic chart of
 * accounts in USD, login admin/admin, attachments kept in the database and the web assets built. Gives its name. It is built once
 * per machine (50 s on two idle cores); nobody can connect to it, so that it can always be copied.
 */
export async function ensureTemplate(): Promise<string> {
  await ensurePostgres();
  const odoo = await ensureOdoo();
  const name = templateName(odoo.version);
  if (await databaseExists(name)) return name;
  await withLock('template', async () => {
    if (!(await databaseExists(name))) await buildTemplate(name);
  });
  return name;
}

/** A fresh database `name`: a copy of our template, or of `from`. See copyDatabase for the conditions. */
export async function createDatabase(name: string, options: { from?: string } = {}): Promise<void> {
  await copyDatabase(options.from ?? (await ensureTemplate()), name);
}

async function buildTemplate(name: string): Promise<void> {
  const draft = `${name}_draft`;
  await step(`Building the template database ${name} (once; one to five minutes)`, async () => {
    await createEmptyDatabase(draft);
    const installed = await installModules(draft, [...TEMPLATE_MODULES]);
    if (!installed.ok) {
      throw new BringUpError(
        'TEMPLATE_FAILED',
        `Installing Odoo's own modules into the template failed; the whole log is in ${installed.logFile}.\n` +
          installed.failures.slice(0, 5).join('\n'),
      );
    }
    await odooShell(draft, SETUP);
    await buildAssets(draft);
    await sql(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    await sql(`ALTER DATABASE ${name} WITH IS_TEMPLATE false ALLOW_CONNECTIONS false`);
  });
}

/** The first page of a database costs 17 s, since it compiles the web assets: it is opened here, once for all copies. */
async function buildAssets(db: string): Promise<void> {
  const server = await startOdoo({ db, maxCronThreads: 0 });
  try {
    await server.waitReady();
    const session = await logIn(server.url, db);
    for (const path of ['/odoo', '/web/login']) {
      const page = await fetch(server.url + path, { headers: { cookie: session } });
      const html = await page.text();
      const assets = [...html.matchAll(/(?:src|href)="(\/web\/assets\/[^"]+)"/g)].flatMap(
        (match) => match[1] ?? [],
      );
      for (const asset of new Set(assets)) {
        const answer = await fetch(server.url + asset, { headers: { cookie: session } });
        await answer.arrayBuffer();
        if (!answer.ok)
          throw new BringUpError(
            'ASSETS_FAILED',
            `Odoo answered ${answer.status} for ${asset}; see ${server.logFile}.`,
          );
      }
    }
  } finally {
    await server.stop();
  }
}

async function logIn(url: string, db: string): Promise<string> {
  const answer = await fetch(`${url}/web/session/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', params: { db, login: 'admin', password: 'admin' } }),
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const body = (await answer.json()) as { result?: { uid?: number } };
  if (body.result?.uid === undefined)
    throw new BringUpError('LOGIN_FAILED', `admin/admin cannot log in to ${db}.`);
  return cookie;
}
