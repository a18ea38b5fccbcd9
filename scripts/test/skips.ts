/** Tests that may be skipped, each with its reason. Any other skipped test fails the run. */
export const ALLOWED_SKIPS: { test: string; reason: string }[] = [];
