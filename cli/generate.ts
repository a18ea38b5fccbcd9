import { join } from 'node:path';

import { compare, compareFile, generate, write, writeText } from '../generator/index.ts';
import type { Addon, Difference } from '../generator/index.ts';
import { withOdoo } from './against.ts';
import type { AgainstOptions } from './against.ts';
import type { Streams } from './print.ts';
import { lockFile, readSpec } from './spec-file.ts';

export interface GenerateOptions extends AgainstOptions {
  readonly out: string;
  readonly lock?: string;
  readonly check?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `millwright generate`: writes the addon and the lock, or with --check compares them. Throws SpecError and OutputError. */
export async function generateCommand(
  file: string,
  options: GenerateOptions,
  streams: Streams,
): Promise<number> {
  const lock = lockFile(file, options.lock);
  const addon = generate(await withOdoo(readSpec(file, lock), options));
  const folder = join(options.out, addon.module);
  return options.check === true
    ? checkFolder(addon, folder, lock, options, streams)
    : writeFolder(addon, folder, lock, options, streams);
}

function writeFolder(
  addon: Addon,
  folder: string,
  lock: string,
  options: GenerateOptions,
  streams: Streams,
): number {
  const result = write(folder, addon.files, options.force === true);
  const locked = writeText(lock, addon.lock);
  if (options.json === true) {
    streams.out(`${JSON.stringify({ module: addon.module, hash: addon.hash, ...result, lock: locked })}\n`);
    return 0;
  }
  for (const path of result.written) streams.out(`wrote ${join(folder, path)}\n`);
  for (const path of result.removed) streams.out(`removed ${join(folder, path)}\n`);
  if (locked) streams.out(`wrote ${lock}\n`);
  streams.out(
    `${folder}: ${String(result.written.length)} written, ${String(result.removed.length)} removed, ${String(result.unchanged)} unchanged\n`,
  );
  return 0;
}

/** What differs from a fresh generation, in the folder and in the lock; paths as a person would open them. */
export function differences(addon: Addon, folder: string, lock: string): Difference[] {
  const found = compare(folder, addon.files).map((item) => ({ ...item, path: join(folder, item.path) }));
  const locked = compareFile(lock, addon.lock);
  return locked === undefined ? found : [...found, locked];
}

function checkFolder(
  addon: Addon,
  folder: string,
  lock: string,
  options: GenerateOptions,
  streams: Streams,
): number {
  const found = differences(addon, folder, lock);
  if (options.json === true) {
    streams.out(`${JSON.stringify({ module: addon.module, hash: addon.hash, differences: found })}\n`);
  } else if (found.length === 0) {
    streams.out(`${folder}: equal to a fresh generation\n`);
  } else {
    for (const { path, kind, lines } of found) streams.out([`${kind}: ${path}`, ...lines, ''].join('\n'));
    streams.out(
      `${String(found.length)} file(s) differ (- on disk, + generated); run generate, or undo the change\n`,
    );
  }
  return found.length === 0 ? 0 : 1;
}
