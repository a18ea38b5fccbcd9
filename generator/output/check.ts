import { existsSync, readFileSync } from 'node:fs';

import { diffLines } from './diff.ts';
import { LIST, filesIn, listText, readInside } from './owned.ts';

export interface Difference {
  readonly path: string;
  /** missing: not on disk. changed: other content. extra: on disk, not generated. */
  readonly kind: 'missing' | 'changed' | 'extra';
  /** Lines of a readable difference, `-` for the disk and `+` for the generator. */
  readonly lines: readonly string[];
}

/** Compares a folder with what would be generated into it. Changes nothing. */
export function compare(folder: string, files: ReadonlyMap<string, string>): Difference[] {
  const wanted = new Map([...files, [LIST, listText(files)]]);
  const differences: Difference[] = [];
  for (const [path, content] of wanted) {
    const found = readInside(folder, path)?.toString('utf8');
    if (found === undefined) differences.push({ path, kind: 'missing', lines: [] });
    else if (found !== content) differences.push({ path, kind: 'changed', lines: diffLines(found, content) });
  }
  const extra = filesIn(folder).filter((path) => !wanted.has(path));
  differences.push(...extra.map((path) => ({ path, kind: 'extra' as const, lines: [] })));
  return withoutHashes(differences).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** That the list has other hashes goes without saying where the files themselves differ. */
function withoutHashes(differences: readonly Difference[]): Difference[] {
  const alone = differences.length === 1;
  return differences.map((item) => (item.path === LIST && !alone ? { ...item, lines: [] } : item));
}

/** Compares one file that stands outside of the folder; nothing when it is equal. */
export function compareFile(file: string, content: string): Difference | undefined {
  if (!existsSync(file)) return { path: file, kind: 'missing', lines: [] };
  const found = readFileSync(file, 'utf8');
  return found === content ? undefined : { path: file, kind: 'changed', lines: diffLines(found, content) };
}
