/** Edit distance of two words (insert, delete, replace: 1 each). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replace));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** One is the beginning of the other, as `serial` of `serial_no`. */
function begins(found: string, name: string): boolean {
  return found.length > 2 && (name.startsWith(found) || found.startsWith(name));
}

const MAX_COMPARED = 80;

/** The name nearest to `found`, when it is near enough to be meant; case counts less than letters. */
export function nearest(found: string, names: readonly string[]): string | undefined {
  if (found.length > MAX_COMPARED) return undefined;
  let best: { name: string; score: number } | undefined;
  for (const name of names) {
    if (name === found || Math.abs(name.length - found.length) > 4) continue;
    const score = begins(found, name) ? 1 : distance(found.toLowerCase(), name.toLowerCase());
    if (best === undefined || score < best.score) best = { name, score };
  }
  const limit = Math.max(2, Math.floor(found.length / 3));
  return best !== undefined && best.score <= limit ? best.name : undefined;
}
