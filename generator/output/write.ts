import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { OutputError } from '../errors.ts';
import { LIST, listText, readInside, readOwned, sha256 } from './owned.ts';
import type { Owned } from './owned.ts';

export interface Written {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
}

type Contents = ReadonlyMap<string, string>;

/**
 * Brings a folder to what was generated: all of it or nothing. Only files of the list are overwritten or removed,
 * and only when nobody changed them, unless `force` is given. Throws OutputError.
 */
export function write(folder: string, files: Contents, force = false): Written {
  const owned = readOwned(folder);
  const disk = new Map(
    [...new Set([...files.keys(), ...owned.keys(), LIST])].map((path) => [path, readInside(folder, path)]),
  );
  refuseForeign(folder, files, owned, disk);
  if (!force) refuseEdited(folder, files, owned, disk);
  const wanted = new Map([...files, [LIST, listText(files)]]);
  const removed = [...owned.keys()].filter((path) => !wanted.has(path) && disk.get(path) !== undefined);
  const written = [...wanted].filter(([path, content]) => disk.get(path)?.toString('utf8') !== content);
  replace(folder, written, removed, disk);
  return { written: written.map(([path]) => path), removed, unchanged: wanted.size - written.length };
}

type Disk = ReadonlyMap<string, Buffer | undefined>;

function refuseForeign(folder: string, files: Contents, owned: Owned, disk: Disk): void {
  const foreign = [...files].filter(([path, content]) => {
    const found = disk.get(path);
    return found !== undefined && !owned.has(path) && found.toString('utf8') !== content;
  });
  if (foreign.length === 0) return;
  const paths = foreign.map(([path]) => join(folder, path));
  throw new OutputError(
    'output-foreign',
    'files that the generator did not write are in the way',
    paths,
    'move them away, or choose another folder with --out',
  );
}

function refuseEdited(folder: string, files: Contents, owned: Owned, disk: Disk): void {
  const edited = [...owned].filter(([path, hash]) => {
    const found = disk.get(path);
    return found !== undefined && sha256(found) !== hash && found.toString('utf8') !== files.get(path);
  });
  if (edited.length === 0) return;
  const paths = edited.map(([path]) => join(folder, path));
  throw new OutputError(
    'output-edited',
    'generated files were changed by hand',
    paths,
    'put the change into the spec or into an addon of your own that inherits; --force throws it away',
  );
}

/** Brings one file to its content, by a rename. Returns whether it was another before. */
export function writeText(file: string, content: string): boolean {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return false;
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(beside, content, { flag: 'wx' });
    renameSync(beside, file);
  } finally {
    rmSync(beside, { force: true });
  }
  return true;
}

/** Writes beside the targets first, then renames; puts everything back when a step fails. */
function replace(
  folder: string,
  written: readonly (readonly [string, string])[],
  removed: readonly string[],
  disk: Disk,
): void {
  const suffix = `.${randomUUID()}.tmp`;
  const done: string[] = [];
  try {
    for (const place of new Set(written.map(([path]) => dirname(join(folder, path)))))
      mkdirSync(place, { recursive: true });
    for (const [path, content] of written)
      writeFileSync(join(folder, path) + suffix, content, { flag: 'wx' });
    for (const [path] of written) {
      renameSync(join(folder, path) + suffix, join(folder, path));
      done.push(path);
    }
    for (const path of removed) {
      rmSync(join(folder, path));
      done.push(path);
    }
  } catch (error) {
    for (const path of done) restore(join(folder, path), disk.get(path));
    for (const [path] of written) rmSync(join(folder, path) + suffix, { force: true });
    throw error;
  }
  for (const path of removed) pruneFolders(folder, dirname(path));
}

function restore(target: string, content: Buffer | undefined): void {
  if (content === undefined) rmSync(target, { force: true });
  else writeFileSync(target, content);
}

function pruneFolders(folder: string, path: string): void {
  if (path === '.' || readdirSync(join(folder, path)).length > 0) return;
  rmdirSync(join(folder, path));
  pruneFolders(folder, dirname(path));
}
