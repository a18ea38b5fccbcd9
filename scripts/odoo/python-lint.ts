import { join } from 'node:path';
import { addonsSource, ourAddons } from './addons.ts';
import { cleanEnv, exec } from './exec.ts';
import { checkout, home } from './paths.ts';
import { pythonTools } from './python-tools.ts';

/** What one linter found. */
export interface LintFinding {
  tool: string;
  /** As the tool prints it: file, line, rule, text. Paths are relative to the checkout. */
  output: string;
}

/** Checks of pylint-odoo that are not ours; the reasons stand in .pylintrc. */
export const PYLINT_OFF = ['missing-readme', 'consider-merging-classes-inherited'];

/**
 * Runs ruff (rules and format) and pylint-odoo over our addons and the Python of the scripts. Empty: nothing found. `fix` lets ruff
 * put right what it can.
 */
export async function lintPython(options: { fix?: boolean } = {}): Promise<LintFinding[]> {
  const tools = await pythonTools();
  const addons = (await ourAddons()).map((name) => join('odoo_addon', name));
  const ours = ['scripts', ...(addons.length > 0 ? ['odoo_addon'] : [])];
  const fix = options.fix === true;
  const runs: [string, string[]][] = [
    [
      'ruff check',
      [tools.ruff, 'check', '--no-cache', '--output-format=concise', ...(fix ? ['--fix'] : []), ...ours],
    ],
    [
      'ruff format',
      [tools.ruff, 'format', '--no-cache', ...(fix ? [] : ['--check', '--output-format=concise']), ...ours],
    ],
  ];
  if (addons.length > 0) {
    runs.push([
      'pylint-odoo',
      [tools.pylint, '--rcfile=.pylintrc', `--disable=${PYLINT_OFF.join(',')}`, ...addons],
    ]);
  }
  const findings: LintFinding[] = [];
  const env = cleanEnv({
    HOME: home,
    PYLINTHOME: join(home, 'pylint'),
    PYTHONPATH: addonsSource,
    PYTHONDONTWRITEBYTECODE: '1',
  });
  for (const [tool, command] of runs) {
    const result = await exec(command, { cwd: checkout, env });
    if (result.code !== 0) findings.push({ tool, output: `${result.stdout}${result.stderr}`.trim() });
  }
  return findings;
}
