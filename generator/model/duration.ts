const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const YEAR = 366 * 86_400;
/** What is kept may be kept for ten years. */
export const TEN_YEARS = 10 * YEAR;

/** Seconds of `90s`, `15m`, `2h`, `1d`; undefined when it is no duration or none between a second and `longest` (a year). */
export function parseDuration(text: string, longest = YEAR): number | undefined {
  const match = /^([1-9][0-9]{0,7})([smhd])$/.exec(text);
  const seconds = match ? Number(match[1]) * (SECONDS[match[2] ?? ''] ?? 0) : 0;
  return seconds > 0 && seconds <= longest ? seconds : undefined;
}
