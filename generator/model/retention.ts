import { show } from '../spec/report.ts';
import type { Path, Report } from '../spec/report.ts';
import type { Flow, Retention } from '../spec/types.ts';
import type { Json } from './canonical-json.ts';
import { parseDuration, TEN_YEARS } from './duration.ts';

const DEFAULTS = { payload: '90d', rows: '365d' } as const;

function seconds(retention: Retention, key: keyof typeof DEFAULTS): number | undefined {
  return parseDuration(retention[key] ?? DEFAULTS[key], TEN_YEARS);
}

/** Both times are durations, and content goes before its row. */
export function checkRetention(retention: Retention | undefined, place: Path, report: Report): void {
  if (retention === undefined) return;
  for (const key of ['payload', 'rows'] as const) {
    if (seconds(retention, key) !== undefined) continue;
    const expected = 'a time between 1s and 3660d';
    report.add('duration-invalid', [...place, key], { found: show(retention[key]), expected });
  }
  const [payload, rows] = [seconds(retention, 'payload'), seconds(retention, 'rows')];
  if (payload === undefined || rows === undefined || payload <= rows) return;
  report.add('retention-order', place, {
    found: `payload ${retention.payload ?? DEFAULTS.payload}, rows ${retention.rows ?? DEFAULTS.rows}`,
    expected: 'rows kept at least as long as their payload',
  });
}

/** A flow that says nothing of it has nothing in the contract, which means the defaults. */
export function retentionContract({ retention }: Flow): Record<string, Json> {
  if (retention === undefined) return {};
  return {
    retention: {
      payload_seconds: seconds(retention, 'payload') ?? 0,
      rows_seconds: seconds(retention, 'rows') ?? 0,
    },
  };
}
