import { existsSync, readFileSync } from 'node:fs';

import { REFERENCE, maskSecrets } from '../generator/index.ts';
import type { OutputError, Problem, SpecError } from '../generator/index.ts';

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Every problem with its source line and a mark below the place; as JSON on the standard output. */
export function printSpecError(error: SpecError, streams: Streams, json: boolean): void {
  if (json) {
    const problems = error.problems.map((problem) => ({ ...problem, reference: reference(problem) }));
    streams.out(`${JSON.stringify({ valid: false, problems })}\n`);
    return;
  }
  const files = new Map(
    [...new Set(error.problems.map(({ file }) => file))].map((file) => [file, sourceLines(file)]),
  );
  for (const problem of error.problems) streams.err(`${describe(problem, files.get(problem.file) ?? [])}\n`);
  streams.err(`${String(error.problems.length)} problem(s) found\n`);
  for (const page of new Set(error.problems.map(reference))) streams.err(`  see ${page}\n`);
}

/** Where a person reads on: the code in the reference of the language. */
function reference({ code }: Problem): string {
  return `${REFERENCE}#${code}`;
}

function describe(problem: Problem, lines: readonly string[]): string {
  const { file, line, column, code, where, found, expected, nearest: near, hint } = problem;
  const place = where === '' ? '' : ` ${where}:`;
  const text = [
    `${file}:${String(line)}:${String(column)} ${code}${place} found ${printable(found)}, expected ${printable(expected)}`,
  ];
  const source = lines[line - 1];
  if (source !== undefined && source.length <= MAX_WIDTH) {
    text.push(`  ${printable(maskSecrets(source))}`, `  ${' '.repeat(column - 1)}^`);
  }
  if (near !== undefined) text.push(`  did you mean "${printable(near)}"?`);
  return [...text, `  ${hint}`].join('\n');
}

const MAX_WIDTH = 200;

/** A terminal must not obey what stands in a file. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
}

function sourceLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
}

export function printOutputError(error: OutputError, streams: Streams, json: boolean): void {
  const { code, message, paths, hint } = error;
  if (json) streams.out(`${JSON.stringify({ error: { code, message, paths, hint } })}\n`);
  else
    streams.err(`${[`${code}: ${message}`, ...paths.map((path) => `  ${path}`), `  ${hint}`].join('\n')}\n`);
}
