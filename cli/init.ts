import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { starterSpec, validate } from '../generator/index.ts';
import type { Streams } from './print.ts';
import { UsageError } from './spec-file.ts';

export interface InitOptions {
  readonly code: string;
  readonly title?: string;
}

const SCHEMA = fileURLToPath(new URL('../generator/spec/schema.json', import.meta.url));

/**
 * `millwright init`: writes a starter spec, sound as it is, and says how to go on. Throws UsageError when a file
 * is in the way, SpecError when the names are none that a spec takes.
 */
export function initCommand(folder: string, { code, title = code }: InitOptions, streams: Streams): number {
  const file = join(folder, `${code}.yaml`);
  const schema = relative(resolve(folder), SCHEMA).split(sep).join('/');
  const text = starterSpec({ code, title, schema });
  validate({ text, file, path: file });
  mkdirSync(folder, { recursive: true });
  writeNew(file, text);
  const shown = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
  streams.out(`wrote ${file}; next:
  npm run -s millwright -- validate ${shown}    # after each change: everything that is wrong, with its place
  npm run -s millwright -- generate ${shown}    # writes odoo_addon/millwright_${code}
  npm run -s millwright -- release ${shown}     # once it runs in a plant: from then on a change needs a higher version
`);
  return 0;
}

/** Writes a file that must not be there: what somebody wrote is never overwritten, not even in a race. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${file}: is there already; give another --code or another folder`);
  }
}
