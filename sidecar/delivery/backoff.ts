export interface BackoffRule {
  baseMs: number;
  capMs: number;
}

/**
 * Milliseconds to wait after the `failures`-th failure in a row (from 1): doubling, capped, and between half and the whole of that, so
 * that many who failed together do not come back together. `random` gives numbers from 0 up to 1.
 */
export function backoffMs(failures: number, rule: BackoffRule, random: () => number): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 30);
  const full = Math.min(rule.capMs, rule.baseMs * 2 ** doublings);
  return Math.round(full * (0.5 + random() / 2));
}
