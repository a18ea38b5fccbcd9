import { spawn, type SpawnOptions } from 'node:child_process';
import { BringUpError } from './errors.ts';

export interface ExecOptions {
  /** Run as this OS user; needs root unless it is the user we are. */
  user?: string;
  /** The whole environment of the command; without it a small clean one (see cleanEnv). */
  env?: Record<string, string>;
  cwd?: string;
  /** Written to standard input. */
  input?: string;
  timeoutMs?: number;
  /** File descriptor that takes stdout and stderr; otherwise both are collected. */
  outputFd?: number;
}

export interface ExecResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A predictable environment: system tools first, UTF-8, no Python or PostgreSQL settings of the person who calls. */
export function cleanEnv(extra: Record<string, string> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of [
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'TZ',
  ]) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return {
    ...kept,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
    ...extra,
  };
}

/**
 * The command line that runs `command` as another OS user. `setpriv` replaces itself by the command, so that the
 * process id is the command's own. `dieWithParent`: the kernel kills it when the process that started it ends.
 */
export function asUser(user: string, command: string[], dieWithParent = false): string[] {
  const deathSignal = dieWithParent ? ['--pdeathsig', 'KILL'] : [];
  return [
    '/usr/bin/setpriv',
    '--reuid',
    user,
    '--regid',
    user,
    '--init-groups',
    ...deathSignal,
    '--',
    ...command,
  ];
}

/** Runs a command to its end. A non-zero exit code is a result, not an error; a missing program is an error. */
export function exec(command: string[], options: ExecOptions = {}): Promise<ExecResult> {
  const [program, ...args] = options.user === undefined ? command : asUser(options.user, command);
  if (program === undefined) throw new TypeError('exec needs a command');
  const output = options.outputFd ?? 'pipe';
  const spawnOptions: SpawnOptions = {
    cwd: options.cwd ?? '/',
    env: options.env ?? cleanEnv(),
    stdio: ['pipe', output, output],
    ...(options.timeoutMs === undefined
      ? {}
      : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, spawnOptions);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.stdin?.on('error', () => undefined); // a command that does not read its input closes the pipe: its exit code tells
    child.stdin?.end(options.input ?? '');
    child.once('error', (cause) => {
      reject(
        new BringUpError(
          'COMMAND_MISSING',
          `Could not run ${program}: ${cause.message}. Is this Debian 12?`,
          { cause },
        ),
      );
    });
    child.once('close', (code, signal) => {
      if (signal !== null) stderr += `\nended by ${signal}`;
      resolve({ code: code ?? 128, stdout, stderr });
    });
  });
}

/** Like exec, but a non-zero exit code is an error that carries the last lines the command printed and the remedy. */
export async function execOk(command: string[], remedy: string, options: ExecOptions = {}): Promise<string> {
  const result = await exec(command, options);
  if (result.code !== 0) {
    const shown = lastLines(`${result.stdout}\n${result.stderr}`, 8);
    throw new BringUpError(
      'COMMAND_FAILED',
      `"${command.join(' ')}" ended with code ${result.code}. ${remedy}\n${shown}`,
    );
  }
  return result.stdout;
}

/** The last lines of a text that are not empty, indented. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n');
}
