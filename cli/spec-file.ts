import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

import type { SpecText } from '../generator/index.ts';

/** The command was called with something it cannot work with. */
export class UsageError extends Error {}

const MAX_READ = 8 * 1024 * 1024;

/** Where the lock of a spec stands: beside it, unless another place is given. */
export function lockFile(file: string, given?: string): string {
  return given ?? `${file.replace(/\.ya?ml$/i, '')}.lock.json`;
}

/** Reads a spec file and its lock, if there is one. Throws UsageError when there is no spec. */
export function readSpec(file: string, lock = lockFile(file)): SpecText {
  const readSample = (path: string): string | undefined => {
    const place = join(dirname(file), path);
    return existsSync(place) ? readText(place) : undefined;
  };
  const spec = { text: readText(file), file, path: pathInProject(file), readSample };
  return existsSync(lock) ? { ...spec, lock: readText(lock) } : spec;
}

function readText(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`${file}: no such file`);
  if (!stat.isFile()) throw new UsageError(`${file}: not a file`);
  if (stat.size > MAX_READ) throw new UsageError(`${file}: ${String(stat.size)} bytes are no spec`);
  return readFileSync(file, 'utf8');
}

/**
 * The path that generated files name: from the root of the project the spec stands in, so that it is the same
 * on every machine and from every working directory.
 */
function pathInProject(file: string): string {
  const absolute = resolve(file);
  let folder = dirname(absolute);
  while (!existsSync(join(folder, '.git')) && !existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return basename(absolute);
    folder = parent;
  }
  return relative(folder, absolute).split(sep).join('/');
}
