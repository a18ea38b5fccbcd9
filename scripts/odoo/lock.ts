import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { home } from './paths.ts';
import { say } from './progress.ts';

const SAY_AFTER_MS = 2_000;

/**
 * Runs `work` while no other process on this machine runs work under the same lock name. The lock is a kernel file lock
 * held by a child whose standard input we keep open: it is released however this process ends.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  await mkdir(home, { recursive: true, mode: 0o755 });
  const child = spawn('/usr/bin/flock', [join(home, `${name}.lock`), 'sh', '-c', 'echo locked; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const patience = setTimeout(() => {
    say(`  waiting for another process that holds the lock "${name}" …`);
  }, SAY_AFTER_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => {
        resolve();
      });
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`flock ended with code ${code}`));
      });
    });
  } finally {
    clearTimeout(patience);
  }
  const ended = new Promise<void>(
    (resolve) =>
      void child.once('exit', () => {
        resolve();
      }),
  );
  try {
    return await work();
  } finally {
    child.stdin.end();
    await ended;
  }
}
