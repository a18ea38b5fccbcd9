import type { Document, LineCounter, YAMLParseError } from 'yaml';

import type { Code } from '../errors.ts';
import type { Report } from './report.ts';

const CODES: Partial<Record<string, { code: Code; expected: string; found?: string }>> = {
  DUPLICATE_KEY: { code: 'yaml-duplicate-key', expected: 'every key once' },
  TAG_RESOLVE_FAILED: { code: 'yaml-tag', expected: 'a value without a tag' },
  MULTIPLE_DOCS: { code: 'yaml-syntax', expected: 'one document', found: 'a second document' },
  BAD_ALIAS: { code: 'yaml-alias', expected: 'the value itself' },
};

/** Turns what the YAML parser says, warnings too, into problems. */
export function reportYamlProblems(doc: Document.Parsed, counter: LineCounter, report: Report): void {
  let lost = false;
  for (const problem of [...doc.errors, ...doc.warnings]) {
    const { line, col } = counter.linePos(problem.pos[0]);
    const {
      code,
      expected,
      found = firstLine(problem),
    } = CODES[problem.code] ?? { code: 'yaml-syntax' as const, expected: 'YAML 1.2' };
    // after one the parser does not know where it is: what it says then follows from it
    if (code === 'yaml-syntax' && lost) continue;
    lost ||= code === 'yaml-syntax';
    const place = { line: Math.max(line, 1), column: Math.max(col, 1) };
    report.addAt(code, place, { where: '', found, expected });
  }
}

function firstLine(problem: Pick<YAMLParseError, 'message' | 'code'>): string {
  return problem.message.split('\n', 1)[0] ?? problem.code;
}
