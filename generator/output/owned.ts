import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { OutputError } from '../errors.ts';

export const LIST = '.generated.json';

/** Path below the output folder to the hash of what was generated there. */
export type Owned = ReadonlyMap<string, string>;

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The text of the list of generated files. */
export function listText(files: ReadonlyMap<string, string>): string {
  const hashes = Object.fromEntries([...files].map(([path, content]) => [path, sha256(content)]));
  return `${JSON.stringify({ generator: 'millwright', files: hashes }, null, 2)}\n`;
}

/** What an earlier run generated into this folder. Refuses a list that points outside. */
export function readOwned(folder: string): Owned {
  const path = join(folder, LIST);
  if (!existsSync(path)) return new Map();
  const owned = new Map<string, string>();
  for (const [name, hash] of Object.entries(parseList(path))) {
    if (typeof hash !== 'string' || !isInside(name)) throw broken(path);
    owned.set(name, hash);
  }
  return owned;
}

function parseList(path: string): object {
  try {
    const list = JSON.parse(readFileSync(path, 'utf8')) as { files?: unknown } | null;
    if (typeof list?.files === 'object' && list.files !== null) return list.files;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw broken(path);
}

function broken(path: string): OutputError {
  return new OutputError(
    'output-manifest',
    `${path} is no list of generated files`,
    [LIST],
    'restore it from version control',
  );
}

function isInside(path: string): boolean {
  return /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(path) && !path.split('/').includes('..');
}

/** The content at a path below the folder; undefined when there is none. Never follows a link. */
export function readInside(folder: string, path: string): Buffer | undefined {
  let place = folder;
  for (const step of ['', ...path.split('/')]) {
    place = join(place, step);
    const stat = lstatSync(place, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.isSymbolicLink()) {
      throw new OutputError(
        'output-path',
        `${place} is a link`,
        [path],
        'replace the link by a folder or a file',
      );
    }
  }
  return readFileSync(place);
}

const PASSING = /(^|\/)(__pycache__(\/|$)|[^/]*\.pyc$)/;

/** Every file in the folder but the list itself and what Python leaves behind. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== LIST && !PASSING.test(path))
    .sort();
}
