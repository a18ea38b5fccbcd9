import { join } from 'node:path';
import { copyAddons, syncAddons } from './addons.ts';
import { cleanEnv } from './exec.ts';
import type { OdooInstallation } from './package.ts';
import { postgresPort } from './postgres.ts';
import { checkoutHome, ensureOdooDir } from './paths.ts';

/** The HTTP ports of one server; gevent's is used in prefork mode only, but is bound to nothing else. */
export interface OdooPorts {
  http: number;
  gevent: number;
}

/** One call of Odoo: its arguments and environment. */
export interface OdooCommand {
  command: string[];
  env: Record<string, string>;
}

/** Where sessions and the like of one database live. Attachments do not: they are in the database (see template.ts). */
export function dataDir(db: string): string {
  return join(checkoutHome, 'data', db);
}

/**
 * The command line of Odoo for one database: our addons and those in `moreAddons` beside Odoo's, an own data directory, no
 * configuration file of the machine, no database list, only this database's jobs. Copies the addons (see addons.ts) as a side effect.
 */
export async function odooCommand(
  odoo: OdooInstallation,
  db: string,
  ports: OdooPorts | undefined,
  args: string[],
  subcommand: string[] = [],
  moreAddons: readonly string[] = [],
): Promise<OdooCommand> {
  const ours = await syncAddons();
  await ensureOdooDir(checkoutHome);
  await ensureOdooDir(join(checkoutHome, 'data'));
  const data = await ensureOdooDir(dataDir(db));
  const more = await Promise.all(
    moreAddons.map((folder, index) => copyAddons(folder, join(data, 'more-addons', String(index)))),
  );
  const addonsPath = [odoo.addons, ours, ...more].join(',');
  const isolation = [
    '--config',
    '/dev/null',
    '--database',
    db,
    `--addons-path=${addonsPath}`,
    `--data-dir=${data}`,
    `--db_port=${await postgresPort()}`,
  ];
  const web =
    ports === undefined
      ? ['--no-http']
      : ['--http-interface=127.0.0.1', `--http-port=${ports.http}`, `--gevent-port=${ports.gevent}`];
  const command = ['/usr/bin/python3', odoo.script, ...subcommand, ...isolation, ...web, ...args];
  const env = cleanEnv({
    HOME: data,
    PYTHONPATH: odoo.pythonPath,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  });
  return { command, env };
}
