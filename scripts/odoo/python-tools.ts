import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages } from './apt.ts';
import { cleanEnv, execOk } from './exec.ts';
import { withLock } from './lock.ts';
import { checkout, home, requireRoot } from './paths.ts';
import { step } from './progress.ts';

/** A virtual environment with ruff and pylint-odoo. */
export interface PythonTools {
  ruff: string;
  pylint: string;
  /** Directory of the programs, for a PATH. */
  bin: string;
  /** Directory of the packages, for a PYTHONPATH of the same Python. */
  sitePackages: string;
}

/**
 * The linters at the versions pinned in scripts/requirements-lint.txt, from PyPI, in a virtual environment of the project's own. It lies
 * in the shared home (user odoo has to read it for Odoo's lint suite) with a link `.venv` in the checkout; made once per pin list.
 */
export async function pythonTools(): Promise<PythonTools> {
  const requirements = join(checkout, 'scripts/requirements-lint.txt');
  const pins = await readFile(requirements, 'utf8');
  const venv = join(home, `venv-${digest(pins)}`);
  if (!existsSync(join(venv, 'ready'))) {
    requireRoot('Installing the Python linters');
    await ensurePackages(['python3-venv'], "Python's venv");
    await withLock('venv', async () => {
      if (!existsSync(join(venv, 'ready'))) await createVenv(venv, requirements);
    });
  }
  await linkVenv(venv);
  return {
    ruff: join(venv, 'bin/ruff'),
    pylint: join(venv, 'bin/pylint'),
    bin: join(venv, 'bin'),
    sitePackages: join(venv, 'lib/python3.11/site-packages'),
  };
}

/**
 * What a requirements file names, from PyPI, and nothing that it depends on: as it was published, licence and all, in a folder of the
 * shared home that can stand in a PYTHONPATH of user odoo. Made once per content of the file.
 */
export async function pythonPackages(requirements: string): Promise<string> {
  const { bin } = await pythonTools();
  const folder = join(home, `packages-${digest(await readFile(requirements, 'utf8'))}`);
  if (existsSync(folder)) return folder;
  requireRoot('Installing Python packages');
  await withLock('packages', async () => {
    if (existsSync(folder)) return;
    await step('Fetching Python packages from PyPI', async () => {
      const draft = `${folder}.new`;
      await rm(draft, { recursive: true, force: true });
      await install(bin, ['--no-deps', '--target', draft, '-r', requirements]);
      await execOk(['chmod', '-R', 'u=rwX,go=rX', draft], 'Check the disk.');
      await rename(draft, folder);
    });
  });
  return folder;
}

async function install(bin: string, what: string[]): Promise<void> {
  const remedy =
    'Check that the Python package index can be reached (pip follows your pip configuration and PIP_* variables), then start again.';
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  await execOk([join(bin, 'python3'), ...pip, ...what], remedy, { env: cleanEnv(pipSettings()) });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

async function createVenv(venv: string, requirements: string): Promise<void> {
  await step('Installing the Python linters from PyPI (ruff, pylint-odoo)', async () => {
    await rm(venv, { recursive: true, force: true });
    await execOk(
      ['/usr/bin/python3', '-m', 'venv', venv],
      'Check that the package python3-venv is installed.',
    );
    await install(join(venv, 'bin'), ['-r', requirements]);
    await execOk(['chmod', '-R', 'u=rwX,go=rX', venv], 'Check the disk.');
    await writeFile(join(venv, 'ready'), '');
  });
}

/** How this machine reaches the package index is the person's own setting. */
function pipSettings(): Record<string, string> {
  const kept: Record<string, string> = { HOME: homedir() };
  for (const [name, value] of Object.entries(process.env)) {
    if (/^(PIP_|SSL_CERT|REQUESTS_CA)/.test(name) && value !== undefined) kept[name] = value;
  }
  return kept;
}

async function linkVenv(venv: string): Promise<void> {
  const link = join(checkout, '.venv');
  const target = await readlink(link).catch(() => undefined);
  if (target === venv) return;
  if (target === undefined && existsSync(link)) return; // somebody's own environment: leave it
  await rm(link, { force: true });
  await symlink(venv, link);
}
