import {
  createDatabase,
  dropDatabase,
  ensureOdoo,
  ensurePostgres,
  ensureTemplate,
  ensureTours,
  installModules,
  lintOdoo,
  lintPython,
  ourAddons,
  ownDatabase,
} from '../odoo/index.ts';
import { ALLOWED_SKIPS } from './skips.ts';
import { check, plus, type Tally } from './tally.ts';

/** PostgreSQL, Odoo and its template database; costs nothing when they are there. */
export async function prepareOdoo(): Promise<void> {
  await ensurePostgres();
  await ensureOdoo();
  await ensureTemplate();
}

/** Installs all our addons in a fresh database and runs their Python tests inside Odoo. */
export async function addonTests(): Promise<Tally> {
  await prepareOdoo();
  await ensureTours();
  const addons = await ourAddons();
  const db = ownDatabase('test_addons');
  await createDatabase(db);
  try {
    const installed = await installModules(db, addons);
    const install = check(
      'install the addons',
      [...installed.failures, ...ownWarnings(installed.log)].join('\n'),
    );
    if (install.failures.length > 0) return install;
    const result = await installModules(db, [], { test: addons.map((name) => `/${name}`).join(',') });
    const { run, failed, errors, skipped } = result.tests;
    const failures = [...result.failures];
    for (const { test, reason } of skipped)
      if (!ALLOWED_SKIPS.some((skip) => skip.test === test)) failures.push(`skipped: ${test} (${reason})`);
    if (run === 0) failures.push('Odoo ran no test');
    return plus(install, { passed: Math.max(run - failed - errors - skipped.length, 0), failures });
  } finally {
    await dropDatabase(db);
  }
}

/** Warnings that name one of our addons: the install log has to be free of them. */
function ownWarnings(log: string): string[] {
  return log
    .split('\n')
    .filter(
      (line) => / (WARNING|ERROR) /.test(line) && /millwright/.test(line.replace(/ millwright_\w+ /, ' ')),
    );
}

/** ruff and pylint-odoo over our Python, then Odoo's own lint suite. */
export async function pythonLint(): Promise<Tally> {
  const findings = await lintPython();
  return check('ruff and pylint-odoo', findings.map(({ tool, output }) => `${tool}\n${output}`).join('\n'));
}

/** Odoo's test_lint over our addons. */
export async function odooLint(): Promise<Tally> {
  await prepareOdoo();
  const result = await lintOdoo();
  const problems = [...result.failures, ...result.unexpectedSkips.map(({ test }) => `skipped: ${test}`)];
  return { passed: Math.max(result.tests.run - problems.length, 0), failures: problems };
}
