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

/** Whether one small round is enough, to see that a bench works. */
export function isQuick(args: readonly string[]): boolean {
  return args.includes('--quick') || process.env['BENCH_QUICK'] === '1';
}

/** A ratio has to be at least, or at the most, so much. */
export type Limit = number | { most: number };

/** Says which ratios miss their limits, and lets the bench end with 1. */
export function judge(
  ratios: Readonly<Record<string, number>>,
  limits: Readonly<Record<string, Limit>>,
): void {
  for (const [name, limit] of Object.entries(limits)) {
    const found = ratios[name] ?? Number.NaN;
    const [holds, expected] =
      typeof limit === 'number'
        ? [found >= limit, `at least ${limit}`]
        : [found <= limit.most, `at most ${limit.most}`];
    if (holds) continue;
    process.stderr.write(`${name}: ${found}, expected ${expected}\n`);
    process.exitCode = 1;
  }
}
