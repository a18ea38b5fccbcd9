const MAX_LINES = 400;
const MAX_SHOWN = 40;

/** The lines that differ, `-` before and `+` after, with the number of the first one. Long ones are cut. */
export function diffLines(before: string, after: string): string[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const changes = changed(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const shown = changes.slice(0, MAX_SHOWN);
  const rest = changes.length - shown.length;
  return [`@@ line ${String(start + 1)}`, ...shown, ...(rest > 0 ? [`... ${String(rest)} more`] : [])];
}

/** Longest common subsequence; far too long texts are shown as replaced. */
function changed(a: readonly string[], b: readonly string[]): string[] {
  if (a.length > MAX_LINES || b.length > MAX_LINES)
    return [...a.map((line) => `-${line}`), ...b.map((line) => `+${line}`)];
  const length = lengths(a, b);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(length, i + 1, j) >= at(length, i, j + 1)))
      lines.push(`-${a[i++] ?? ''}`);
    else lines.push(`+${b[j++] ?? ''}`);
  }
  return lines;
}

function lengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    const row = table[i] ?? [];
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] =
        a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
