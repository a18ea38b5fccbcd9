import { spawn } from 'node:child_process';
import { checkout } from '../odoo/index.ts';
import { check, type Tally } from './tally.ts';

export interface Ran {
  code: number;
  output: string;
}

/** Runs a program of node_modules/.bin in the checkout; its output is collected and shown only when it fails. */
export async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: checkout,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/** A command as one check: it holds when the command ends with 0. */
export async function commandCheck(name: string, command: string, args: string[]): Promise<Tally> {
  const { code, output } = await run(command, args);
  return check(name, code === 0 ? '' : `ended with ${code}\n${output.trim()}`);
}
