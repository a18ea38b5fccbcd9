import type { Place } from './report.ts';

const MAX_BRACKETS = 200;
const MAX_INDENT = 400;

/**
 * Where a text is nested so deeply that the parser, which recurses, would run out of stack. Coarse: brackets inside
 * of texts count too, so the limits are far above what a spec needs.
 */
export function findTooDeep(text: string): Place | undefined {
  let brackets = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const indent = /^[ ?:-]*/.exec(line)?.[0].length ?? 0;
    if (indent > MAX_INDENT) return { line: index + 1, column: 1 };
    for (const match of line.matchAll(/[[\]{}]/g)) {
      brackets = Math.max(0, brackets + (match[0] === '[' || match[0] === '{' ? 1 : -1));
      if (brackets > MAX_BRACKETS) return { line: index + 1, column: match.index + 1 };
    }
  }
  return undefined;
}
