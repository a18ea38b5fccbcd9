import { structuredPatch } from 'diff';

const CONTEXT = 2;
const MAX_SHOWN = 60;
/** Texts that differ by more lines have little in common; nobody reads which. */
const MAX_EDITS = 4_000;

/** What differs, as in a patch: `-` before and `+` after, each piece with its line and what stands around it. Long ones are cut. */
export function diffLines(before: string, after: string): string[] {
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: CONTEXT,
    maxEditLength: MAX_EDITS,
  });
  if (patch === undefined) return ['@@ too different to be shown'];
  const lines = patch.hunks.flatMap(({ oldStart, lines: piece }) => [
    `@@ line ${String(oldStart)}`,
    ...piece,
  ]);
  const rest = lines.length - MAX_SHOWN;
  return rest > 0 ? [...lines.slice(0, MAX_SHOWN), `... ${String(rest)} more`] : lines;
}
