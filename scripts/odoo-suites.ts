import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  checkout,
  createDatabase,
  dropDatabase,
  ensureOdoo,
  installModules,
  ourAddons,
  ownDatabase,
  say,
  step,
} from './odoo/index.ts';
import { failedTests } from './odoo/log.ts';

const MODULES = ['stock', 'purchase_stock', 'maintenance', 'mrp_account'];
const TIMEOUT_MS = 2 * 60 * 60_000;
const FOLDER = 'docs/odoo-suites';
const WAYS = ['without', 'with'] as const;
type Way = (typeof WAYS)[number];

const HELP = `Usage: npm run test:odoo-suites [-- --save]

Runs Odoo's own tests of ${MODULES.join(', ')} twice, without and with our addons installed, each in a fresh
database, and compares which fail. Takes about half an hour; not part of npm test.

  --save  write both lists to ${FOLDER}/ (else only compare)

Exit codes: 0 the same tests fail, 1 they differ or nothing ran, 2 used wrongly. Logs are in .run/.`;

interface Suite {
  run: number;
  skipped: number;
  /** Module of the test, class and method, sorted. */
  failed: string[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const suites = { without: await runSuite('without'), with: await runSuite('with') };
  if (values.save) await save(suites);
  const [before, after] = [new Set(suites.without.failed), new Set(suites.with.failed)];
  const broken = [...after].filter((test) => !before.has(test));
  const mended = [...before].filter((test) => !after.has(test));
  for (const way of WAYS) {
    const { run, skipped, failed } = suites[way];
    process.stdout.write(`${way} our addons: ${run} tests, ${skipped} skipped, ${failed.length} failed\n`);
  }
  for (const test of broken) process.stdout.write(`✗ fails only with our addons: ${test}\n`);
  for (const test of mended) process.stdout.write(`✗ fails only without our addons: ${test}\n`);
  const ran = suites.without.run > 0 && suites.with.run >= suites.without.run;
  if (!ran)
    process.stdout.write('✗ with our addons fewer tests ran, or none at all; see the logs in .run/\n');
  return ran && broken.length + mended.length === 0 ? 0 : 1;
}

async function runSuite(way: Way): Promise<Suite> {
  const db = ownDatabase(`suites_${way}`);
  await createDatabase(db);
  try {
    if (way === 'with') await installOurs(db);
    const result = await step(`Odoo's own tests ${way} our addons (a quarter of an hour)`, () =>
      installModules(db, MODULES, {
        update: true,
        // Odoo's own tours want libraries that Debian's package leaves out.
        test: [...MODULES.map((name) => `/${name}`), '-is_tour'].join(','),
        timeoutMs: TIMEOUT_MS,
      }),
    );
    const { run, skipped } = result.tests;
    return { run, skipped: skipped.length, failed: failedTests(result.log) };
  } finally {
    await dropDatabase(db);
  }
}

async function installOurs(db: string): Promise<void> {
  const { ok, failures } = await installModules(db, await ourAddons());
  if (!ok) throw new Error(`Our addons could not be installed: ${failures.join('\n')}`);
}

async function save(suites: Record<Way, Suite>): Promise<void> {
  const { version } = await ensureOdoo();
  mkdirSync(join(checkout, FOLDER), { recursive: true });
  for (const way of WAYS) {
    const { run, skipped, failed } = suites[way];
    const head = `# Odoo ${version}, ${MODULES.join(', ')}, ${way} our addons: ${run} tests, ${skipped} skipped, ${failed.length} failed`;
    writeFileSync(join(checkout, FOLDER, `${way}.txt`), `${[head, ...failed].join('\n')}\n`);
    say(`${FOLDER}/${way}.txt: ${head}`);
  }
}

process.exitCode = await main();
