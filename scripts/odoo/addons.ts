import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, checkoutHome } from './paths.ts';

const LEFT_OUT = new Set(['__pycache__', '.pytest_cache', '.ruff_cache', 'node_modules', '.git']);

/** Our addons in the checkout. */
export const addonsSource = join(checkout, 'odoo_addon');

/**
 * Copies `odoo_addon/` to where user odoo can read it, whatever the checkout's permissions, and gives that path. Writes only
 * what differs, each file in one step (a server that starts meanwhile reads a whole file), and removes what is gone.
 */
export async function syncAddons(): Promise<string> {
  const target = join(checkoutHome, 'addons');
  await mkdir(target, { recursive: true, mode: 0o755 });
  if (existsSync(addonsSource)) await syncDirectory(addonsSource, target);
  return target;
}

/** Copies another folder of addons to `target` in the same way. */
export async function copyAddons(source: string, target: string): Promise<string> {
  await syncDirectory(source, target);
  return target;
}

/** The addons that stand in our addons path: every folder with a manifest. */
export async function ourAddons(): Promise<string[]> {
  if (!existsSync(addonsSource)) return [];
  const entries = await readdir(addonsSource, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(addonsSource, entry.name, '__manifest__.py')))
    .map((entry) => entry.name)
    .sort();
}

async function syncDirectory(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  const wanted = new Set<string>();
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name) || entry.name.endsWith('.pyc')) continue;
    const source = join(from, entry.name);
    const info = await stat(source).catch(() => undefined); // follows links; a file removed this moment is left out
    if (info === undefined) continue;
    wanted.add(entry.name);
    if (info.isDirectory()) await syncDirectory(source, join(to, entry.name));
    else await syncFile(source, join(to, entry.name));
  }
  for (const name of await readdir(to)) {
    if (!wanted.has(name)) await rm(join(to, name), { recursive: true, force: true });
  }
}

async function syncFile(from: string, to: string): Promise<void> {
  const content = await readFile(from).catch(() => undefined);
  if (content === undefined) return;
  const present = await stat(to).catch(() => undefined);
  if (present?.isDirectory() === true) await rm(to, { recursive: true });
  else if (present?.size === content.length && content.equals(await readFile(to))) return;
  const fresh = `${to}.${process.pid}.new`;
  await writeFile(fresh, content, { mode: 0o644 });
  await rename(fresh, to);
}
