import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { odooCommand } from './command.ts';
import { exec } from './exec.ts';
import { parseLog, type LogSummary } from './log.ts';
import { ensureOdoo } from './package.ts';
import { ODOO_USER, runDir } from './paths.ts';
import { freePorts } from './ports.ts';

export interface InstallOptions {
  /** Update modules that are installed already (`-u`) instead of installing them (`-i`). */
  update?: boolean;
  /** Run tests: Odoo's `--test-tags`, for example `/millwright` or `post_install,-slow`. */
  test?: string;
  /** Folders with more addons, beside ours; the database needs them again whenever a server is started on it. */
  addons?: string[];
  /** More arguments for Odoo. */
  args?: string[];
  /** Added to the environment, for example a PATH with linters. */
  env?: Record<string, string>;
  /** The run is killed after this time; default 20 minutes. */
  timeoutMs?: number;
}

export interface InstallResult extends LogSummary {
  /** Odoo ended with 0, logged no error, and no test failed. Skipped tests do not change it: look at `tests.skipped`. */
  ok: boolean;
  exitCode: number;
  log: string;
  logFile: string;
}

const TIMEOUT_MS = 20 * 60_000;

/**
 * Installs (or updates) modules in a database and stops; with `test` also runs tests. `modules` may be empty to run tests on what is
 * installed. Never throws for a failing module or test: look at `ok` and `failures`.
 */
export async function installModules(
  db: string,
  modules: string[],
  options: InstallOptions = {},
): Promise<InstallResult> {
  const odoo = await ensureOdoo();
  const args = ['--stop-after-init', '--max-cron-threads=0'];
  if (modules.length > 0) args.push(options.update === true ? '-u' : '-i', modules.join(','));
  if (options.test !== undefined) args.push('--test-enable', `--test-tags=${options.test}`);
  const ports = options.test === undefined ? undefined : await freePorts();
  args.push(...(options.args ?? []));
  const { command, env } = await odooCommand(odoo, db, ports, args, [], options.addons);
  const logFile = join(runDir, `${options.test === undefined ? 'install' : 'test'}-${db}.log`);
  mkdirSync(runDir, { recursive: true });
  const outputFd = openSync(logFile, 'w');
  try {
    const environment = { ...env, ...options.env };
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const { code } = await exec(command, { user: ODOO_USER, env: environment, outputFd, timeoutMs });
    const log = await readFile(logFile, 'utf8');
    const summary = parseLog(log);
    const failures = [...summary.failures];
    if (code !== 0 && failures.length === 0) failures.push(`Odoo ended with code ${code}; see ${logFile}`);
    const ok = code === 0 && failures.length === 0 && summary.tests.failed + summary.tests.errors === 0;
    return { ...summary, failures, ok, exitCode: code, log, logFile };
  } finally {
    closeSync(outputFd);
  }
}
