import { BringUpError, say, step } from './odoo/index.ts';
import { lintOdoo } from './odoo/odoo-lint.ts';

const HELP = `Odoo's own lint suite (test_lint) over our addons. Usage: node scripts/lint-odoo.ts [ADDON…]
Without names: every addon of odoo_addon/. A skipped test is a finding.
Exit codes: 0 nothing found, 1 findings (printed), 2 used wrongly.`;

async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (args.some((arg) => !/^[a-z0-9_]+$/.test(arg))) {
    say(HELP);
    return 2;
  }
  const result = await step("Odoo's lint suite over our addons", () =>
    lintOdoo(args.length > 0 ? args : undefined),
  );
  for (const failure of result.failures) process.stdout.write(`${failure}\n`);
  for (const { test, reason } of result.allowedSkips) say(`skipped ${test}: ${reason}`);
  say(
    `Odoo lint: ${result.tests.run} tests, ${result.ok ? 'nothing found' : 'FAILED'}; log: ${result.logFile}`,
  );
  return result.ok ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BringUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
