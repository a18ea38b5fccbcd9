import { existsSync } from 'node:fs';
import { BringUpError } from './errors.ts';
import { exec, lastLines } from './exec.ts';
import { requireRoot } from './paths.ts';
import { step } from './progress.ts';

/** Those of `packages` that are not installed. Takes some 30 ms and touches nothing. */
export async function missingPackages(packages: readonly string[]): Promise<string[]> {
  if (!existsSync('/usr/bin/dpkg-query')) {
    throw new BringUpError(
      'NOT_DEBIAN',
      'This machine has no dpkg: Millwright brings up Odoo on Debian 12 (bookworm) only. Use such a machine or container, ' +
        'or an Odoo 19 that exists already (MILLWRIGHT_ODOO_URL and its three companions, see scripts/README.md).',
    );
  }
  const { stdout } = await exec(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n', ...packages]);
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/** Installs what is missing of `packages` from the machine's own apt sources. Nothing missing: no apt-get at all. */
export async function ensurePackages(packages: readonly string[], purpose: string): Promise<void> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  requireRoot(`Installing ${purpose}`);
  await step(`Installing ${purpose} from Debian (${countOf(missing)})`, () => install(missing, purpose));
}

async function install(missing: string[], purpose: string): Promise<void> {
  // A broken third-party source makes the update fail although Debian's own lists came: the installation decides.
  const update = await exec(['apt-get', 'update', '-q']);
  const waitForOtherApt = ['-o', 'DPkg::Lock::Timeout=300'];
  const result = await exec([
    'apt-get',
    ...waitForOtherApt,
    'install',
    '-qy',
    '--no-install-recommends',
    ...missing,
  ]);
  const left = await missingPackages(missing);
  if (left.length === 0) return;
  const printed = lastLines(
    `${update.code === 0 ? '' : update.stderr}\n${result.stdout}\n${result.stderr}`,
    12,
  );
  throw new BringUpError(
    'APT_INSTALL_FAILED',
    `apt-get could not install ${left.join(', ')} for ${purpose}. Check that this is Debian 12 (bookworm), that ` +
      `/etc/apt names a mirror you can reach, and run "apt-get update && apt-get install ${left.join(' ')}" by hand.\n${printed}`,
  );
}

function countOf(names: string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.length} packages`;
}
