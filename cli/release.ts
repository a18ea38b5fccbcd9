import { join } from 'node:path';

import { generate, OutputError, releaseLock, writeText } from '../generator/index.ts';
import { withOdoo } from './against.ts';
import type { AgainstOptions } from './against.ts';
import { differences } from './generate.ts';
import type { Streams } from './print.ts';
import { lockFile, readSpec } from './spec-file.ts';

export interface ReleaseOptions extends AgainstOptions {
  readonly out: string;
  readonly lock?: string;
  readonly json?: boolean;
}

/**
 * `millwright release`: notes in the lock that what is generated now may be installed somewhere, so that a later
 * contract needs a higher version and its migration starts here. Throws SpecError and OutputError.
 */
export async function releaseCommand(
  file: string,
  options: ReleaseOptions,
  streams: Streams,
): Promise<number> {
  const lock = lockFile(file, options.lock);
  const spec = await withOdoo(readSpec(file, lock), options);
  const addon = generate(spec);
  const stale = differences(addon, join(options.out, addon.module), lock);
  if (stale.length > 0)
    throw new OutputError(
      'lock-stale',
      'addon or lock are not what the spec makes of them',
      stale.map(({ path }) => path),
      'run generate, look at what it changed, commit it, then release',
    );
  const { version, lock: text } = releaseLock(spec);
  const written = writeText(lock, text);
  if (options.json === true) {
    streams.out(
      `${JSON.stringify({ module: addon.module, hash: addon.hash, version, released: written })}\n`,
    );
  } else {
    streams.out(
      written
        ? `${addon.module} ${version}: released\n`
        : `${addon.module} ${version}: was released before\n`,
    );
  }
  return 0;
}
