import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { ensurePackages } from './apt.ts';
import { BringUpError } from './errors.ts';
import { exec, execOk, lastLines } from './exec.ts';
import { withLock } from './lock.ts';
import { ODOO_USER, requireRoot } from './paths.ts';
import { say, step } from './progress.ts';

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/**
 * A PostgreSQL that user odoo may use over the socket as a superuser role of the same name (peer authentication). Installs,
 * starts and creates only what is missing; when all is there it is one query.
 */
export async function ensurePostgres(): Promise<void> {
  if (await answersOdoo()) return;
  requireRoot('Bringing up PostgreSQL');
  await withLock('postgres', async () => {
    if (await answersOdoo()) return;
    await ensurePackages(['postgresql', 'postgresql-client'], 'PostgreSQL');
    await ensureOsUser();
    await ensureStarted();
    await ensureRole();
    await waitUntilAnswering();
  });
}

/** Runs SQL as role odoo and gives its unaligned output. Throws with PostgreSQL's own words. */
export async function sql(
  statement: string,
  database = 'postgres',
  variables: Record<string, string> = {},
): Promise<string> {
  const settings = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const command = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', ...settings, '-d', database];
  const result = await exec(command, { user: ODOO_USER, input: `${statement};\n` });
  if (result.code !== 0) {
    throw new BringUpError(
      'SQL_FAILED',
      `PostgreSQL refused a statement in database "${database}": ${result.stderr.trim()}`,
    );
  }
  return result.stdout.trimEnd();
}

let port: Promise<string> | undefined;

/** The port (part of the socket's name) of the cluster that psql reaches: a machine with several may have ours elsewhere than 5432. */
export function postgresPort(): Promise<string> {
  port ??= sql('show port');
  return port;
}

async function answersOdoo(): Promise<boolean> {
  if (!existsSync('/usr/bin/psql') || !(await osUserExists())) return false;
  const query = 'select 1 from pg_roles where rolname = current_user and rolsuper';
  const result = await exec(['psql', '-XAtq', '-d', 'postgres', '-c', query], { user: ODOO_USER });
  return result.stdout.trim() === '1';
}

async function osUserExists(): Promise<boolean> {
  return (await exec(['getent', 'passwd', ODOO_USER])).code === 0;
}

async function ensureOsUser(): Promise<void> {
  if (await osUserExists()) return;
  say(`• Creating the system user "${ODOO_USER}"`);
  const command = [
    'useradd',
    '--system',
    '--user-group',
    '--create-home',
    '--home-dir',
    `/var/lib/${ODOO_USER}`,
  ];
  await execOk(
    [...command, '--shell', '/bin/bash', ODOO_USER],
    `Create an OS user "${ODOO_USER}" by hand and start again.`,
  );
}

/** Starts the first cluster that exists, and makes one where the packages came without (an image with the server stripped). */
async function ensureStarted(): Promise<void> {
  const listed = await exec(['pg_lsclusters', '-h']);
  let cluster = listed.stdout
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.split(/\s+/);
  if (cluster === undefined) {
    const versions = await readdir('/usr/lib/postgresql');
    const version = versions.sort((a, b) => Number(b) - Number(a))[0] ?? '15';
    await execOk(
      ['pg_createcluster', version, 'main'],
      'Create a PostgreSQL cluster by hand with pg_createcluster.',
    );
    cluster = [version, 'main', '5432', 'down'];
  }
  const [version = '', name = '', , status = ''] = cluster;
  if (status.startsWith('online')) return;
  await step(`Starting PostgreSQL ${version}`, async () => {
    const result = await exec(['pg_ctlcluster', version, name, 'start']);
    if (result.code === 0 || result.code === 2) return; // 2: was already running
    throw new BringUpError(
      'POSTGRES_DOWN',
      `PostgreSQL ${version}/${name} does not start. Read /var/log/postgresql/postgresql-${version}-${name}.log (a full disk ` +
        `and a port in use are the usual reasons).\n${lastLines(result.stdout + result.stderr, 6)}`,
    );
  });
}

async function ensureRole(): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  const find = [
    'psql',
    '-XAtq',
    '-d',
    'postgres',
    '-c',
    `select rolsuper from pg_roles where rolname = '${ODOO_USER}'`,
  ];
  for (;;) {
    const result = await exec(find, { user: 'postgres' });
    if (result.code === 0) {
      if (result.stdout.trim() === 't') return;
      const verb = result.stdout.trim() === '' ? 'CREATE' : 'ALTER';
      say(`• ${verb === 'CREATE' ? 'Creating' : 'Changing'} the PostgreSQL role "${ODOO_USER}"`);
      const change = ['psql', '-Xq', '-d', 'postgres', '-c', `${verb} ROLE ${ODOO_USER} SUPERUSER LOGIN`];
      await execOk(change, `Run "createuser -s ${ODOO_USER}" as user postgres.`, { user: 'postgres' });
      return;
    }
    if (Date.now() > deadline) {
      throw new BringUpError(
        'POSTGRES_DOWN',
        `PostgreSQL does not answer user postgres on its socket: ${result.stderr.trim()}`,
      );
    }
    await sleep(POLL_MS);
  }
}

async function waitUntilAnswering(): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await answersOdoo())) {
    if (Date.now() > deadline) {
      throw new BringUpError(
        'POSTGRES_AUTH',
        `PostgreSQL runs but refuses user ${ODOO_USER} on its socket. pg_hba.conf needs the line "local all all peer".`,
      );
    }
    await sleep(POLL_MS);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Stops the cluster that ensurePostgres started. */
export async function stopPostgres(): Promise<void> {
  requireRoot('Stopping PostgreSQL');
  const listed = await exec(['pg_lsclusters', '-h']);
  for (const line of listed.stdout.split('\n')) {
    const [version, name, , status = ''] = line.split(/\s+/);
    if (version === undefined || name === undefined || !status.startsWith('online')) continue;
    await execOk(['pg_ctlcluster', version, name, 'stop', '-m', 'fast'], 'Stop PostgreSQL by hand.');
  }
}
