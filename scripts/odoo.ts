import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BringUpError,
  checkout,
  createDatabase,
  databaseExists,
  dropDatabase,
  ensureTemplate,
  home,
  installedOdoo,
  installModules,
  ODOO_USER,
  odooShell,
  say,
  sql,
  startOdoo,
  syncAddons,
  templateName,
} from './odoo/index.ts';
import { asUser, cleanEnv } from './odoo/exec.ts';
import { odooCommand } from './odoo/command.ts';

const HELP = `Odoo 19 for developers of Millwright. Usage: node scripts/odoo.ts <command>

  up                       PostgreSQL, Odoo and the template database; no work when all is there
  status                   what is there
  db NAME [FROM]           a fresh database NAME, copied from the template (or from database FROM)
  drop NAME                drop database NAME
  install DB MODULES       install addons (comma separated) of odoo_addon/ or of Odoo; updates those installed already
  test DB TAGS [MODULES]   run Odoo tests, for example: test dev /millwright; updates MODULES first
  serve DB [PORT]          a server on database DB in the foreground, until Ctrl-C; login admin, password admin
  psql [DB]                psql as role odoo
  shell DB                 the Odoo shell on DB
  pot DB                   writes the texts of the addon millwright for translators, as DB has them (with test_millwright)
  down                     stop PostgreSQL (servers end with the process that started them)
  sync                     copy odoo_addon/ to where Odoo reads it (every other command does it by itself)

Exit codes: 0 fine, 1 found a problem, 2 used wrongly. Logs are in .run/. Variables: see scripts/README.md.`;

class UsageError extends Error {}

type Command = (args: string[]) => Promise<number>;

const commands: Record<string, Command> = {
  up: async () => {
    const started = performance.now();
    const template = await ensureTemplate();
    say(`Odoo is ready; template ${template} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return 0;
  },
  status,
  db: async (args) => {
    const [name, from] = some(args, 1, 2);
    await createDatabase(name, from === undefined ? {} : { from });
    say(`Database ${name} is ready.`);
    return 0;
  },
  drop: async (args) => {
    await dropDatabase(some(args, 1, 1)[0]);
    return 0;
  },
  install: async (args) => {
    const [db, modules] = some(args, 2, 2);
    return runModules(db, modules?.split(',') ?? []);
  },
  test: async (args) => {
    const [db, tags, modules] = some(args, 2, 3);
    return runModules(db, modules?.split(',') ?? [], tags);
  },
  serve: async (args) => {
    const [db, port] = some(args, 1, 2);
    return serve(db, port === undefined ? undefined : Number(port));
  },
  psql: async (args) => {
    if (args.length > 0) some(args, 1, 1);
    return interactive(['psql', '-d', args[0] ?? 'postgres'], cleanEnv());
  },
  shell: async (args) => {
    const [db] = some(args, 1, 1);
    await needDatabase(db);
    const { command, env } = await odooCommand(
      await needOdoo(),
      db,
      undefined,
      ['--log-level=warn'],
      ['shell'],
    );
    return interactive(command, env);
  },
  pot: async (args) => {
    const [db] = some(args, 1, 1);
    await needDatabase(db);
    const code =
      'from odoo.addons.test_millwright.pot import template\nprint(template(env, "millwright"), end="")\n';
    const folder = join(checkout, 'odoo_addon/millwright/i18n');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'millwright.pot'), await odooShell(db, code));
    return 0;
  },
  down: async () => {
    const { stopPostgres } = await import('./odoo/postgres.ts');
    await stopPostgres();
    return 0;
  },
  sync: async () => {
    say(await syncAddons());
    return 0;
  },
};

async function status(): Promise<number> {
  const odoo = await installedOdoo();
  say(`Odoo package: ${odoo === undefined ? 'not unpacked' : `${odoo.version} in ${home}`}`);
  const databases = await sql(
    "select datname || '  ' || pg_size_pretty(pg_database_size(oid)) from pg_database where datname !~ '^(template[01]|postgres)$' order by 1",
  ).catch(() => undefined);
  say(
    databases === undefined
      ? 'PostgreSQL: does not answer user odoo'
      : `PostgreSQL: up; databases:\n${databases}`,
  );
  const ready =
    odoo !== undefined && databases !== undefined && (await databaseExists(templateName(odoo.version)));
  say(ready ? 'Template: ready' : 'Template: missing; run: node scripts/odoo.ts up');
  return ready ? 0 : 1;
}

/** Installs what is not installed, updates what is, then runs tests; prints failures and skips. */
async function runModules(db: string, modules: string[], test?: string): Promise<number> {
  await needDatabase(db);
  const names = modules.map((name) => `'${name.replaceAll("'", "''")}'`).join(',') || "''";
  const installed = (
    await sql(`select name from ir_module_module where state = 'installed' and name in (${names})`, db)
  ).split('\n');
  const fresh = modules.filter((name) => !installed.includes(name));
  const known = modules.filter((name) => installed.includes(name));
  const updates = known.length > 0 ? ['-u', known.join(',')] : [];
  const result = await installModules(db, fresh, { args: updates, ...(test === undefined ? {} : { test }) });
  for (const failure of result.failures) say(failure);
  for (const skip of result.tests.skipped) say(`skipped ${skip.test}: ${skip.reason}`);
  const { run, failed, errors, skipped } = result.tests;
  if (test !== undefined) say(`${run} tests, ${failed} failed, ${errors} errors, ${skipped.length} skipped`);
  say(`${result.ok ? 'ok' : 'FAILED'}; log: ${result.logFile}`);
  if (test !== undefined && run === 0) say(`No test matched "${test}".`);
  return result.ok && (test === undefined || run > 0) ? 0 : 1;
}

async function serve(db: string, port?: number): Promise<number> {
  await needDatabase(db);
  const server = await startOdoo({ db, ...(port === undefined ? {} : { port }) });
  const stop = (): void => void server.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await server.waitReady();
  say(`${server.url}/odoo  login admin, password admin; log: ${server.logFile}; Ctrl-C ends it`);
  while (server.exited() === undefined) await new Promise((resolve) => setTimeout(resolve, 200));
  return 0;
}

async function needDatabase(db: string): Promise<void> {
  if (await databaseExists(db)) return;
  throw new BringUpError('NO_DATABASE', `There is no database "${db}". Run: node scripts/odoo.ts db ${db}`);
}

async function needOdoo(): Promise<NonNullable<Awaited<ReturnType<typeof installedOdoo>>>> {
  const odoo = await installedOdoo();
  if (odoo === undefined)
    throw new BringUpError('NO_ODOO', 'Odoo is not unpacked yet. Run: node scripts/odoo.ts up');
  return odoo;
}

function interactive(command: string[], env: Record<string, string>): Promise<number> {
  const [program = '', ...args] = asUser(ODOO_USER, command);
  const terminal = { TERM: process.env['TERM'] ?? 'dumb' };
  const child = spawn(program, args, { stdio: 'inherit', env: { ...env, ...terminal }, cwd: '/' });
  return new Promise((resolve) =>
    child.once('exit', (code) => {
      resolve(code === 0 ? 0 : 1);
    }),
  );
}

function some(args: string[], least: number, most: number): [string, ...(string | undefined)[]] {
  if (args.length < least || args.length > most)
    throw new UsageError(`expected ${least} to ${most} arguments`);
  return args as [string];
}

async function main([name = '', ...args]: string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name) || args.includes('--help')) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const command = commands[name];
  if (command === undefined)
    throw new UsageError(name === '' ? 'a command is missing' : `unknown command "${name}"`);
  return command(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    say(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else if (error instanceof BringUpError) {
    say(error.message);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
