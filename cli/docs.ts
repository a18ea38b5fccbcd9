import { dirname, join } from 'node:path';
import { mkdirSync } from 'node:fs';

import { REFERENCE, compareFile, specReference, writeText } from '../generator/index.ts';
import type { Streams } from './print.ts';

export interface DocsOptions {
  readonly check?: boolean;
  readonly out: string;
}

/** `millwright docs`: writes the reference of the spec language, or with --check says what differs: 1. */
export function docsCommand({ check = false, out }: DocsOptions, streams: Streams): number {
  const file = join(out, REFERENCE);
  const text = specReference();
  if (check) return checkPage(file, text, streams);
  mkdirSync(dirname(file), { recursive: true });
  streams.out(writeText(file, text) ? `wrote ${file}\n` : `${file}: unchanged\n`);
  return 0;
}

function checkPage(file: string, text: string, streams: Streams): number {
  const found = compareFile(file, text);
  if (found === undefined) {
    streams.out(`${file}: as the schema says\n`);
    return 0;
  }
  streams.out([`${found.kind}: ${file}`, ...found.lines, ''].join('\n'));
  streams.out(`(- on disk, + generated); run docs, or undo the change\n`);
  return 1;
}
