import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from './apt.ts';
import { BringUpError } from './errors.ts';
import { asUser, cleanEnv, exec, execOk, lastLines } from './exec.ts';
import { checkoutHome, ensureOdooDir, ODOO_USER } from './paths.ts';
import { ensurePostgres } from './postgres.ts';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const PORT = 5432; // a name only: it listens on no network
const BOUNCER_PORT = 6432;

/** Where a server of PostgreSQL is reached: a directory with its socket, and the port that is part of the socket's name. */
export interface Socket {
  host: string;
  port: number;
}

/** Arguments that point Odoo there. */
export function odooArguments({ host, port }: Socket): string[] {
  return [`--db_host=${host}`, `--db_port=${port}`];
}

/**
 * A PostgreSQL for one test, as user odoo, in a directory of this checkout, reached over its socket only: it may be killed without
 * harm to anybody. The kernel ends it when this process ends.
 */
export class OwnCluster {
  readonly socket: Socket;
  readonly #folder: string;
  readonly #programs: string;
  readonly #wrapper: string[];
  #server: ChildProcess | undefined;
  #bouncer: ChildProcess | undefined;

  private constructor(folder: string, programs: string, wrapper: string[]) {
    this.#folder = folder;
    this.#programs = programs;
    this.#wrapper = wrapper;
    this.socket = { host: folder, port: PORT };
  }

  /**
   * An empty one, running; `wrapper` is a command that becomes the one behind it. Takes some seconds. Throws BringUpError with
   * PostgreSQL's last words.
   */
  static async create(name: string, wrapper: string[] = []): Promise<OwnCluster> {
    await ensurePostgres(); // brings the packages and the user
    await ensureOdooDir(checkoutHome);
    const folder = join(checkoutHome, `cluster-${name}`);
    rmSync(folder, { recursive: true, force: true });
    await ensureOdooDir(folder);
    const cluster = new OwnCluster(folder, newestPrograms(), wrapper);
    const init = [`${cluster.#programs}/initdb`, '-D', cluster.#data, '-A', 'trust', '-E', 'UTF8'];
    await execOk([...init, '--locale=C.UTF-8'], 'Is the disk full?', { user: ODOO_USER });
    await cluster.start();
    return cluster;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get #log(): string {
    return join(this.#folder, 'postgres.log');
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const settings = ['listen_addresses=', `unix_socket_directories=${this.#folder}`, `port=${PORT}`];
    settings.push('recovery_init_sync_method=syncfs'); // sooner there again after a crash, with the same promise
    const command = [...this.#wrapper, `${this.#programs}/postgres`, '-D', this.#data];
    for (const setting of settings) command.push('-c', setting);
    this.#server = this.#spawn(command, this.#log);
    await this.#answers(this.#server, this.socket, this.#log);
  }

  /** Its processes end at once, without a checkpoint: the next start recovers from the log. What `pg_ctl stop -m immediate` does. */
  async stopImmediately(): Promise<void> {
    await end(this.#server, 'SIGQUIT');
  }

  async stop(): Promise<void> {
    await end(this.#bouncer, 'SIGINT');
    await end(this.#server, 'SIGINT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Copies a database of the machine's PostgreSQL to here, under another name. */
  async take(from: string, name: string): Promise<void> {
    const dump = join(this.#folder, 'dump');
    const as = { user: ODOO_USER };
    const remedy = 'Is the disk full?';
    await execOk(['pg_dump', '-Fd', '-Z0', '-j2', '-f', dump, from], remedy, as);
    await this.sql(`create database "${name}" template template0`, 'postgres');
    const there = ['-h', this.#folder, '-p', String(PORT), '-d', name];
    await execOk(['pg_restore', '-j2', '--no-owner', ...there, dump], remedy, as);
    rmSync(dump, { recursive: true, force: true });
  }

  /** Unaligned output of SQL. Throws BringUpError with PostgreSQL's own words. */
  async sql(statement: string, database: string): Promise<string> {
    const there = ['-h', this.#folder, '-p', String(PORT), '-d', database];
    const command = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', ...there];
    const result = await exec(command, { user: ODOO_USER, input: `${statement};\n` });
    if (result.code === 0) return result.stdout.trimEnd();
    throw new BringUpError('SQL_FAILED', `The cluster of the test refused: ${result.stderr.trim()}`);
  }

  /** PgBouncer in transaction mode before it; Debian's package is installed when it is missing. */
  async pooled(): Promise<Socket> {
    await ensurePackages(['pgbouncer'], 'the pooler');
    const host = await ensureOdooDir(join(this.#folder, 'bouncer'));
    const file = join(this.#folder, 'pgbouncer.ini');
    const settings = [
      '[databases]',
      `* = host=${this.#folder} port=${PORT} user=${ODOO_USER}`,
      '[pgbouncer]',
      'listen_addr =',
      `listen_port = ${BOUNCER_PORT}`,
      `unix_socket_dir = ${host}`,
      'auth_type = any',
      'pool_mode = transaction',
      'ignore_startup_parameters = extra_float_digits',
    ];
    writeFileSync(file, `${settings.join('\n')}\n`);
    const log = join(this.#folder, 'pgbouncer.log');
    this.#bouncer = this.#spawn(['/usr/sbin/pgbouncer', file], log);
    const socket = { host, port: BOUNCER_PORT };
    await this.#answers(this.#bouncer, socket, log);
    return socket;
  }

  #spawn(command: string[], log: string): ChildProcess {
    const output = openSync(log, 'a');
    const [program = '', ...args] = asUser(ODOO_USER, command, true);
    const stdio: ['ignore', number, number] = ['ignore', output, output];
    const child = spawn(program, args, { cwd: '/', env: cleanEnv(), stdio, detached: true });
    closeSync(output);
    return child;
  }

  async #answers(child: ChildProcess, { host, port }: Socket, log: string): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    const ask = ['psql', '-XAtq', '-h', host, '-p', String(port), '-d', 'postgres', '-c', 'select 1'];
    while ((await exec(ask, { user: ODOO_USER })).code !== 0) {
      if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        continue;
      }
      const words = (await exec(['tail', '-n', '8', log])).stdout;
      throw new BringUpError('CLUSTER_DOWN', `A server of the test does not answer:\n${lastLines(words, 8)}`);
    }
  }
}

function newestPrograms(): string {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  return `/usr/lib/postgresql/${versions[0] ?? '15'}/bin`;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
