import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from '../../scripts/odoo/apt.ts';
import { execOk } from '../../scripts/odoo/exec.ts';
import { checkoutHome, ensureOdooDir } from '../../scripts/odoo/paths.ts';
import { pause } from '../helpers/wait.ts';

const CACHE_SECONDS = 1;
/** The library takes an absolute sleep of the monotonic clock, which is Python's, for a mistake; this one is relative. */
const RELATIVE_SLEEP = `import select, time
time.sleep = lambda seconds: select.select((), (), (), seconds) and None
`;
/** Its own process must not have the library: what it shares with its descendants would belong to the user who starts it. */
const WRAPPER = `export PYTHONPATH="$0\${PYTHONPATH:+:$PYTHONPATH}" LD_PRELOAD="$1"; shift; exec "$@"`;

/** The wall clock of some processes, which a test turns; clocks that only go forward stay what they are. */
export class WallClock {
  /** Goes before the command of a process that is to have this clock. */
  readonly wrapper: string[];
  readonly #file: string;

  private constructor(folder: string, library: string) {
    this.#file = join(folder, 'offset');
    const settings = [
      `FAKETIME_TIMESTAMP_FILE=${this.#file}`,
      `FAKETIME_CACHE_DURATION=${CACHE_SECONDS}`,
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
      'NO_FAKE_STAT=1',
    ];
    this.wrapper = ['/usr/bin/env', ...settings, '/bin/sh', '-c', WRAPPER, folder, library];
  }

  static async create(name: string): Promise<WallClock> {
    await ensurePackages(['libfaketime'], 'the clock that can be turned');
    const files = await execOk(['dpkg', '-L', 'libfaketime'], 'Is the package whole?');
    const library = files.split('\n').find((file) => file.endsWith('/libfaketimeMT.so.1'));
    if (library === undefined) throw new Error("Debian's libfaketime has no library for threads any more.");
    const folder = join(checkoutHome, `clock-${name}`);
    rmSync(folder, { recursive: true, force: true });
    const clock = new WallClock(await ensureOdooDir(folder), library);
    writeFileSync(join(folder, 'sitecustomize.py'), RELATIVE_SLEEP, { mode: 0o644 });
    clock.#write(0);
    return clock;
  }

  /** From now on it is so many seconds before or behind the true time; resolves when all its processes have seen it. */
  async turnTo(seconds: number): Promise<void> {
    this.#write(seconds);
    await pause((CACHE_SECONDS + 1) * 1000);
  }

  #write(seconds: number): void {
    const next = `${this.#file}.next`;
    writeFileSync(next, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    chmodSync(next, 0o644);
    renameSync(next, this.#file); // never half a file
  }
}
