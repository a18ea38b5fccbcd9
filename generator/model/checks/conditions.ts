import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Condition, Literal } from '../../spec/types.ts';

/** Conditions of one list all have to hold: two that never do together leave what they guard unreachable. */
export function checkTogether(list: readonly Condition[] | undefined, place: Path, report: Report): void {
  const earlier = new Map<string, Condition[]>();
  for (const [index, condition] of (list ?? []).entries()) {
    const same = [...(earlier.get(condition.path) ?? []), condition];
    earlier.set(condition.path, same);
    if (report.isBroken([...place, index]) || canHold(same)) continue;
    report.add('condition-never', [...place, index], {
      found: `what never holds together: ${same.map(shown).join(' and ')}`,
      expected: `conditions on ${condition.path} that one value meets`,
    });
    return;
  }
}

/** False only where no value can meet all of them; numbers and their texts count as the same. */
function canHold(list: readonly Condition[]): boolean {
  const mustBe = list.some(({ present }) => present === true) || list.some(needsValue);
  if (mustBe && list.some(({ present }) => present === false)) return false;
  const sets = list.flatMap(valuesOf);
  const [first, ...others] = sets;
  const excluded = new Set(list.flatMap((condition) => (condition.not_in ?? []).map(String)));
  const low = Math.max(...list.map(({ above }) => above ?? -Infinity));
  const high = Math.min(...list.map(({ below }) => below ?? Infinity));
  if (low >= high) return false;
  if (first === undefined) return true;
  const inRange = (value: Literal): boolean =>
    Number.isNaN(Number(value)) || (Number(value) > low && Number(value) < high);
  return first.some(
    (value) =>
      others.every((set) => set.map(String).includes(String(value))) &&
      !excluded.has(String(value)) &&
      inRange(value),
  );
}

function valuesOf({ equals, in: values }: Condition): (readonly Literal[])[] {
  return [...(equals === undefined ? [] : [[equals]]), ...(values === undefined ? [] : [values])];
}

function needsValue({ equals, in: values, contains, above, below }: Condition): boolean {
  return [equals, values, contains, above, below].some((test) => test !== undefined);
}

function shown(condition: Condition): string {
  return Object.entries(condition)
    .filter(([key]) => key !== 'path')
    .map(([test, value]) => `${test} ${show(value)}`)
    .join(', ');
}
