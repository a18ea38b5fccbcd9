import { REMEDIES } from '../errors.ts';
import type { Code, Problem } from '../errors.ts';
import { nearest } from './nearest.ts';
import { maskSecrets } from './secrets.ts';

/** Keys and indexes from the root of the spec to a value. */
export type Path = readonly (string | number)[];

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Tells where a value, or the key it stands under, begins. */
export type Locate = (path: Path, part: 'key' | 'value') => Place;

export interface Finding {
  readonly found: string;
  readonly expected: string;
  /** Valid names; the nearest to `name` is proposed. */
  readonly names?: readonly string[];
  readonly name?: string;
  readonly part?: 'key' | 'value';
  readonly hint?: string;
}

const MAX_PROBLEMS = 1000;

/** Gathers every problem of one spec, up to a thousand. */
export class Report {
  readonly #file: string;
  readonly #locate: Locate;
  readonly #problems: Problem[] = [];
  /** Places the schema refused: what follows from their absence is not said again. */
  readonly #broken: Path[] = [];

  constructor(file: string, locate: Locate) {
    this.#file = file;
    this.#locate = locate;
  }

  add(code: Code, path: Path, finding: Finding): void {
    if (this.isFull) return; // before the place is looked up
    const place = this.#locate(path, finding.part ?? 'value');
    this.addAt(code, place, { ...finding, where: path.join('.') });
  }

  addAt(code: Code, place: Place, finding: Finding & { readonly where: string }): void {
    if (this.isFull) return;
    const near =
      finding.names && finding.name !== undefined ? nearest(finding.name, finding.names) : undefined;
    this.#problems.push({
      code,
      file: this.#file,
      line: place.line,
      column: place.column,
      where: maskSecrets(finding.where),
      found: maskSecrets(finding.found),
      expected: finding.expected,
      ...(near === undefined ? {} : { nearest: near }),
      hint: finding.hint ?? REMEDIES[code],
    });
  }

  markBroken(path: Path): void {
    this.#broken.push(path);
  }

  /** Whether something at, below or above this place was refused already. */
  isBroken(path: Path): boolean {
    return this.#broken.some((broken) => {
      const common = Math.min(broken.length, path.length);
      return path.slice(0, common).every((step, index) => String(broken[index]) === String(step));
    });
  }

  /** Nobody reads more; a file made to keep us busy ends here. */
  get isFull(): boolean {
    return this.#problems.length >= MAX_PROBLEMS;
  }

  get failed(): boolean {
    return this.#problems.length > 0;
  }

  /** All problems by place; the same one said twice is said once. */
  sorted(): Problem[] {
    const seen = new Map<string, Problem>();
    for (const problem of this.#problems) {
      const key = JSON.stringify([problem.code, problem.line, problem.column, problem.found]);
      if (!seen.has(key)) seen.set(key, problem);
    }
    return [...seen.values()].sort(
      (a, b) => a.line - b.line || a.column - b.column || a.code.localeCompare(b.code, 'en'),
    );
  }
}

/** How a found value is quoted in a message: short, one line. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `a, b or c`. */
export function oneOf(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const last = names.at(-1) ?? '';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}
