import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';

/** The middle value; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** The disk under it all: milliseconds to append a page to a file and wait until it is durable. */
export function measureFsync(path: string): number {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4_096, 1);
  try {
    const times = Array.from({ length: 100 }, () => {
      const started = performance.now();
      writeSync(file, page);
      fsyncSync(file);
      return performance.now() - started;
    });
    return Number(median(times).toFixed(3));
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
}

/** Says which ratios are below their limits, and lets the bench end with 1. */
export function judge(
  ratios: Readonly<Record<string, number>>,
  limits: Readonly<Record<string, number>>,
): void {
  for (const [name, limit] of Object.entries(limits)) {
    const found = ratios[name] ?? 0;
    if (found >= limit) continue;
    process.stderr.write(`${name}: ${found}, expected at least ${limit}\n`);
    process.exitCode = 1;
  }
}
