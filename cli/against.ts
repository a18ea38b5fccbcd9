import type { Command } from 'commander';

import type { SpecText } from '../generator/index.ts';
import { readModels } from './odoo-models.ts';
import { UsageError } from './spec-file.ts';

export interface AgainstOptions {
  readonly against?: string;
  readonly database?: string;
  readonly user?: string;
  /** Seconds for all of its answers together. */
  readonly timeout?: string;
}

const PASSWORD = 'MILLWRIGHT_ODOO_PASSWORD';

/** The options that let a command look at a running Odoo. The password comes from the environment alone. */
export function addAgainst(command: Command): void {
  command
    .option(
      '--against <url>',
      'check the fields of Odoo against a running one, not against Odoo 19 as it comes',
    )
    .option('--database <name>', 'its database (or MILLWRIGHT_ODOO_DATABASE)')
    .option(
      '--user <login>',
      `who asks it (or MILLWRIGHT_ODOO_USER); ${PASSWORD} has the password or API key`,
    )
    .option('--timeout <seconds>', 'how long it may take to answer everything', '60');
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
  const given = { url: address(options.against), database, user, password };
  return { ...spec, odoo: await readModels(given, seconds(options.timeout ?? '60') * 1000) };
}

/** The address as it was given; one that carries a login is refused unseen, it would end in a shell's history. */
function address(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== ''))
    throw new UsageError(`--against: no login in the address; use --user and ${PASSWORD}`);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError('--against: expected an address like https://odoo.example.com');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new UsageError(`--against: expected ${url.origin} alone: Odoo answers at the root of its host`);
  return url.origin;
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 3600) return value;
  throw new UsageError(`--timeout: found "${text}", expected whole seconds from 1 to 3600`);
}
