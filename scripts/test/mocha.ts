import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, runDir } from '../odoo/index.ts';
import { ALLOWED_SKIPS } from './skips.ts';
import type { Tally } from './tally.ts';

interface Report {
  passed: string[];
  failed: { title: string; message: string }[];
  pending: string[];
}

/** Runs mocha over files or patterns, shows its report on stderr and counts what it says. */
export async function mocha(name: string, specs: string[], timeoutMs: number): Promise<Tally> {
  mkdirSync(runDir, { recursive: true });
  const reportFile = join(runDir, `mocha-${name}.json`);
  rmSync(reportFile, { force: true });
  const args = ['--no-config', '--extension', 'ts', '--forbid-only', '--timeout', String(timeoutMs)];
  const code = await showing('mocha', [...args, '--reporter', 'test/helpers/reporter.ts', ...specs], {
    MILLWRIGHT_MOCHA_REPORT: reportFile,
  });
  const report = read(reportFile);
  if (report === undefined)
    return { passed: 0, failures: [`${name}: mocha ended with ${code} without a report`] };
  const failures = report.failed.map(({ title, message }) => `${title}: ${message}`);
  const skips = report.pending.filter((title) => !ALLOWED_SKIPS.some((skip) => skip.test === title));
  failures.push(...skips.map((title) => `skipped without a listed reason: ${title}`));
  if (report.passed.length === 0 && failures.length === 0) failures.push(`${name}: mocha ran no test`);
  if (code !== 0 && failures.length === 0) failures.push(`${name}: mocha ended with ${code}`);
  return { passed: report.passed.length, failures };
}

function read(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

async function showing(command: string, args: string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: checkout,
      env: { ...process.env, ...env },
      stdio: ['ignore', 2, 2],
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
