import { BringUpError, say } from './odoo/index.ts';
import { lintPython } from './odoo/python-lint.ts';

const HELP = `ruff and pylint-odoo over odoo_addon/ and scripts/. Usage: node scripts/lint-python.ts [--fix]
Exit codes: 0 nothing found, 1 findings (printed), 2 used wrongly.`;

async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (args.some((arg) => arg !== '--fix')) {
    say(HELP);
    return 2;
  }
  const findings = await lintPython({ fix: args.includes('--fix') });
  for (const { tool, output } of findings) process.stdout.write(`${tool}:\n${output}\n\n`);
  say(
    findings.length === 0
      ? 'Python lint: nothing found'
      : `Python lint: ${findings.map(({ tool }) => tool).join(', ')} failed`,
  );
  return findings.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BringUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
