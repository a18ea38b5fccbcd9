import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addonsSource, copyAddons, ourAddons, syncAddons } from './addons.ts';
import { cleanEnv } from './exec.ts';
import { installModules, type InstallResult } from './modules.ts';
import { ensureOdoo } from './package.ts';
import { checkoutHome } from './paths.ts';
import { pythonTools } from './python-tools.ts';
import { dropDatabase, ownDatabase } from './database.ts';
import { createDatabase } from './template.ts';
import type { SkippedTest } from './log.ts';

export interface OdooLintResult extends InstallResult {
  /** Skipped tests nobody allowed: they make `ok` false. */
  unexpectedSkips: SkippedTest[];
  /** Skips that are allowed, with why. */
  allowedSkips: SkippedTest[];
}

/** It takes about a minute; much longer means that it was not narrowed to our addons. */
const TIMEOUT_MS = 5 * 60_000;

const NO_JAVASCRIPT = 'our addons carry no JavaScript under static/, so there is nothing for eslint to read';

/**
 * Runs Odoo's own lint suite (its addon test_lint, from the same package) over our addons, in a fresh database where they are installed.
 * A test that was skipped fails the run: Odoo skips silently where pylint is missing. Only eslint's may be skipped, and only while
 * our addons carry no JavaScript. `folder` is another place where the named addons may stand.
 */
export async function lintOdoo(addons?: string[], folder?: string): Promise<OdooLintResult> {
  const names = addons ?? (await ourAddons());
  const [odoo, tools] = [await ensureOdoo(), await pythonTools()];
  const scope = await placeScope();
  const paths = [odoo.addons, await syncAddons(), scope];
  if (folder !== undefined) paths.push(await copyAddons(folder, join(checkoutHome, 'lint-addons')));
  const db = ownDatabase('lint');
  await createDatabase(db);
  try {
    const result = await installModules(db, [...names, 'test_lint'], {
      test: '/test_lint',
      timeoutMs: TIMEOUT_MS,
      args: ['--load=base,rpc,web,millwright_lint_scope', `--addons-path=${paths.join(',')}`],
      env: {
        PATH: `${tools.bin}:${cleanEnv()['PATH'] ?? ''}`,
        PYTHONPATH: `${odoo.pythonPath}:${tools.sitePackages}`,
        MILLWRIGHT_LINT_ADDONS: names.join(','),
      },
    });
    return judge(result, await hasJavaScript(names));
  } finally {
    await dropDatabase(db);
  }
}

function judge(result: InstallResult, javaScript: boolean): OdooLintResult {
  const allowed = (skip: SkippedTest): boolean => !javaScript && skip.test.includes('TestESLint');
  const unexpectedSkips = result.tests.skipped.filter((skip) => !allowed(skip));
  const allowedSkips = result.tests.skipped
    .filter(allowed)
    .map(({ test }) => ({ test, reason: NO_JAVASCRIPT }));
  const failures = [...result.failures];
  if (result.tests.run === 0) failures.push("Odoo's lint suite did not run: no test matched.");
  // Some of its tests only warn; on Odoo's own build server a warning is a failure, too.
  failures.push(...result.warnings.filter((warning) => warning.startsWith('odoo.addons.test_lint.')));
  for (const { test, reason } of unexpectedSkips) failures.push(`skipped: ${test}: ${reason}`);
  return { ...result, failures, ok: result.ok && failures.length === 0, unexpectedSkips, allowedSkips };
}

/** Copies the addon that narrows the suite to where user odoo can read it. */
async function placeScope(): Promise<string> {
  const target = join(checkoutHome, 'lint-scope');
  await rm(target, { recursive: true, force: true });
  await cp(join(import.meta.dirname, 'lint-scope'), target, { recursive: true });
  return target;
}

async function hasJavaScript(addons: string[]): Promise<boolean> {
  for (const addon of addons) {
    const dir = join(addonsSource, addon, 'static');
    if (!existsSync(dir)) continue;
    const files = await readdir(dir, { recursive: true });
    if (files.some((file) => file.endsWith('.js') && !/(^|\/)libs?\//.test(file))) return true;
  }
  return false;
}
