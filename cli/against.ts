import type { Command } from 'commander';

import type { SpecText } from '../generator/index.ts';
import { readModels } from './odoo-models.ts';
import { UsageError } from './spec-file.ts';

export interface AgainstOptions {
  readonly against?: string;
  readonly database?: string;
  readonly user?: string;
}

const PASSWORD = 'MILLWRIGHT_ODOO_PASSWORD';

/** The options that let a command look at a running Odoo. The password comes from the environment alone. */
export function addAgainst(command: Command | undefined): void {
  command
    ?.option(
      '--against <url>',
      'check the fields of Odoo against a running one, not against Odoo 19 as it comes',
    )
    .option('--database <name>', 'its database (or MILLWRIGHT_ODOO_DATABASE)')
    .option(
      '--user <login>',
      `who asks it (or MILLWRIGHT_ODOO_USER); ${PASSWORD} has the password or API key`,
    );
}

/** The spec with the models of the Odoo that was asked for, if any. Throws UsageError when it cannot be asked. */
export async function withOdoo(spec: SpecText, options: AgainstOptions): Promise<SpecText> {
  if (options.against === undefined) return spec;
  const { env } = process;
  const database = options.database ?? env['MILLWRIGHT_ODOO_DATABASE'];
  const user = options.user ?? env['MILLWRIGHT_ODOO_USER'];
  const password = env[PASSWORD];
  const missing = [
    ...(database === undefined ? ['--database'] : []),
    ...(user === undefined ? ['--user'] : []),
    ...(password === undefined ? [`the environment variable ${PASSWORD}`] : []),
  ];
  if (database === undefined || user === undefined || password === undefined)
    throw new UsageError(`--against needs ${missing.join(' and ')}`);
  if (!URL.canParse(options.against)) throw new UsageError(`--against: "${options.against}" is no address`);
  return { ...spec, odoo: await readModels({ url: options.against, database, user, password }) };
}
