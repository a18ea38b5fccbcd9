import { join } from 'node:path';

import { compare, generate, write } from '../generator/index.ts';
import type { Addon } from '../generator/index.ts';
import type { Streams } from './print.ts';
import { readSpec } from './spec-file.ts';

export interface GenerateOptions {
  readonly out: string;
  readonly check?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `millwright generate`: writes the addon, or with --check compares it. Throws SpecError and OutputError. */
export function generateCommand(file: string, options: GenerateOptions, streams: Streams): number {
  const addon = generate(readSpec(file));
  const folder = join(options.out, addon.module);
  return options.check === true
    ? checkFolder(addon, folder, options, streams)
    : writeFolder(addon, folder, options, streams);
}

function writeFolder(addon: Addon, folder: string, options: GenerateOptions, streams: Streams): number {
  const result = write(folder, addon.files, options.force === true);
  if (options.json === true) {
    streams.out(`${JSON.stringify({ module: addon.module, hash: addon.hash, ...result })}\n`);
    return 0;
  }
  for (const path of result.written) streams.out(`wrote ${join(folder, path)}\n`);
  for (const path of result.removed) streams.out(`removed ${join(folder, path)}\n`);
  streams.out(
    `${folder}: ${String(result.written.length)} written, ${String(result.removed.length)} removed, ${String(result.unchanged)} unchanged\n`,
  );
  return 0;
}

function checkFolder(addon: Addon, folder: string, options: GenerateOptions, streams: Streams): number {
  const differences = compare(folder, addon.files);
  if (options.json === true) {
    streams.out(`${JSON.stringify({ module: addon.module, hash: addon.hash, differences })}\n`);
  } else if (differences.length === 0) {
    streams.out(`${folder}: equal to a fresh generation\n`);
  } else {
    for (const { path, kind, lines } of differences)
      streams.out([`${kind}: ${join(folder, path)}`, ...lines, ''].join('\n'));
    streams.out(
      `${String(differences.length)} file(s) differ (- on disk, + generated); run generate, or undo the change\n`,
    );
  }
  return differences.length === 0 ? 0 : 1;
}
