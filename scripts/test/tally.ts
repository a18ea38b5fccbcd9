/** What a stage of the test run found. A skipped test that is not listed with a reason counts as a failure. */
export interface Tally {
  passed: number;
  failures: string[];
}

export const NOTHING: Tally = { passed: 0, failures: [] };

export function plus(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failures: [...a.failures, ...b.failures] };
}

/** A stage that could not run at all. */
export function failed(name: string, error: unknown): Tally {
  const text = error instanceof Error ? error.message : String(error);
  return { passed: 0, failures: [`${name}: ${text}`] };
}

/** A check that either holds or tells what is wrong. */
export function check(name: string, problem: string): Tally {
  return problem === '' ? { passed: 1, failures: [] } : { passed: 0, failures: [`${name}: ${problem}`] };
}
