import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Condition } from '../../spec/types.ts';

/** Literals that a contract has to carry: whole numbers, texts, truth values, and trees of them. */
export function checkLiteral(value: unknown, place: Path, report: Report): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    report.add('number-not-integer', place, { found: show(value), expected: 'a whole number below 2^53' });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value))
    checkLiteral(item, [...place, Array.isArray(value) ? Number(key) : key], report);
}

export function checkLiterals(list: readonly Condition[] | undefined, place: Path, report: Report): void {
  for (const [index, condition] of (list ?? []).entries()) {
    checkLiteral(condition.equals, [...place, index, 'equals'], report);
    for (const key of ['in', 'not_in', 'contains', 'above', 'below'] as const)
      checkLiteral(condition[key], [...place, index, key], report);
  }
}
