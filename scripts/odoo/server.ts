import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { odooCommand } from './command.ts';
import { BringUpError } from './errors.ts';
import { asUser, lastLines } from './exec.ts';
import { ensureOdoo } from './package.ts';
import { ODOO_USER, runDir } from './paths.ts';
import { freePorts } from './ports.ts';

const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 60_000;

export interface StartOptions {
  db: string;
  /** Chosen by itself when not given. */
  port?: number;
  /** 0 (default): one threaded process. More: prefork, that many HTTP processes. */
  workers?: number;
  /** Default 2. With 0 no scheduled job runs. */
  maxCronThreads?: number;
  /** Added to the clean environment of the server. */
  env?: Record<string, string>;
  /** Default `.run/odoo-<db>.log` in the checkout; appended to. */
  logFile?: string;
  /** Folders with more addons, beside ours. */
  addons?: string[];
  /** More arguments for Odoo. */
  args?: string[];
  /** A command that becomes the one behind it, as `env` does. */
  wrapper?: string[];
}

/** A running Odoo server. */
export interface OdooServer {
  readonly url: string;
  readonly db: string;
  readonly port: number;
  /** The Python process itself (the master in prefork mode). */
  readonly pid: number;
  readonly logFile: string;
  /** The exit code, or the signal's name; undefined while it runs. */
  exited(): number | string | undefined;
  /** Resolves when the login page of the database is served; throws with the last log lines when the server ends before. */
  waitReady(timeoutMs?: number): Promise<void>;
  /** SIGKILL hits every process of the server at once, any other signal the process `pid`. Resolves when `pid` has ended for SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it in order; kills it when that takes longer than 20 s. Repeats are harmless. */
  stop(): Promise<void>;
}

/**
 * Starts Odoo on one database as user odoo and gives a handle at once; call waitReady() before using it. The kernel kills the server when
 * this process ends in whatever way (workers included). Throws only when it cannot be spawned.
 */
export async function startOdoo(options: StartOptions): Promise<OdooServer> {
  const odoo = await ensureOdoo();
  const ports = await freePorts(options.port);
  const args = [
    `--db-filter=^${options.db}$`,
    '--no-database-list',
    `--workers=${options.workers ?? 0}`,
    `--max-cron-threads=${options.maxCronThreads ?? 2}`,
    ...(options.args ?? []),
  ];
  const { command, env } = await odooCommand(odoo, options.db, ports, args, [], options.addons);
  mkdirSync(runDir, { recursive: true });
  const logFile = options.logFile ?? join(runDir, `odoo-${options.db}.log`);
  const output = openSync(logFile, 'a');
  const [program = '', ...rest] = asUser(ODOO_USER, [...(options.wrapper ?? []), ...command], true);
  const child = spawn(program, rest, {
    cwd: '/',
    env: { ...env, ...options.env },
    stdio: ['ignore', output, output],
    detached: true, // a process group of its own: Ctrl-C reaches us, and we stop it in order
  });
  closeSync(output);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return handle(child, { url: `http://127.0.0.1:${ports.http}`, db: options.db, port: ports.http, logFile });
}

function handle(
  child: ChildProcess,
  facts: { url: string; db: string; port: number; logFile: string },
): OdooServer {
  const pid = child.pid;
  if (pid === undefined) throw new BringUpError('ODOO_SPAWN', 'Odoo could not be started: no process id.');
  let end: number | string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      end = signal ?? code ?? 0;
      resolve();
    });
  });
  const release = guardGroup(pid);
  void ended.then(release);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (signal === 'SIGKILL') {
      signalGroup(pid, signal); // workers of a dead master would live on for a while
      await ended;
    } else if (end === undefined) {
      process.kill(pid, signal);
    }
  };
  return {
    ...facts,
    pid,
    exited: () => end,
    kill,
    waitReady: (timeoutMs = READY_TIMEOUT_MS) => waitReady(facts, () => end, timeoutMs),
    stop: async () => {
      if (end !== undefined) return;
      await kill('SIGTERM');
      const timer = setTimeout(() => void kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * Kills the process group when this process ends, however it ends: a small shell waits on a pipe that only we hold open. (The kernel's
 * parent death signal reaches the master only; its workers would serve on for up to a minute.) Returns how to call it off.
 */
function guardGroup(pid: number): () => void {
  const script = 'read -r line || kill -s KILL -- "-$0"';
  const guard = spawn('/bin/sh', ['-c', script, String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  guard.unref();
  guard.stdin.on('error', () => undefined); // it has ended already
  if (guard.stdin instanceof Socket) guard.stdin.unref(); // a pipe is a socket in Node; it must not keep us alive
  return () => void guard.stdin.end('over\n');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone already
  }
}

async function waitReady(
  facts: { url: string; db: string; logFile: string },
  exited: () => number | string | undefined,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (const path of ['/web/health', '/web/login']) {
    while (!(await answers(`${facts.url}${path}`, Math.min(REQUEST_TIMEOUT_MS, deadline - Date.now())))) {
      const end = exited();
      const problem =
        end !== undefined
          ? `ended with ${end} before it was ready`
          : Date.now() > deadline
            ? `did not serve ${path} within ${timeoutMs / 1000} s`
            : undefined;
      if (problem !== undefined) {
        const log = await readFile(facts.logFile, 'utf8');
        const message = `Odoo on database "${facts.db}" ${problem}. The whole log is in ${facts.logFile}; its end:`;
        throw new BringUpError('ODOO_NOT_READY', `${message}\n${lastLines(log, 15)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

async function answers(url: string, timeoutMs: number): Promise<boolean> {
  if (timeoutMs <= 0) return false;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false; // not listening yet: the caller looks at the clock and at the process
  }
}
