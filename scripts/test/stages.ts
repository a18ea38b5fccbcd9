import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, ensureChromium } from '../odoo/index.ts';
import { addonTests, odooLint, prepareOdoo, pythonLint } from './addons.ts';
import { commandCheck } from './command.ts';
import { mocha } from './mocha.ts';
import { NOTHING, plus, type Tally } from './tally.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface Stage {
  name: string;
  title: string;
  run: () => Promise<Tally>;
}

/** In the order of cost: what fails fast comes first. */
export const STAGES: Stage[] = [
  { name: 'types', title: 'Types of all TypeScript', run: () => commandCheck('tsc', 'tsc', ['-p', '.']) },
  { name: 'lint', title: 'Linter, import arrows and format of TypeScript', run: lint },
  {
    name: 'drift',
    title: 'Committed connectors and the spec reference equal a fresh generation',
    run: drift,
  },
  { name: 'unit', title: 'Unit tests', run: unit },
  { name: 'python', title: 'ruff and pylint-odoo', run: pythonLint },
  { name: 'addons', title: 'The addons’ own tests inside Odoo', run: addonTests },
  { name: 'odoo-lint', title: 'Odoo’s test_lint over the addons', run: odooLint },
  { name: 'integration', title: 'Real sidecar and real Odoo', run: integration },
  { name: 'browser', title: 'The screens in a real browser', run: browser },
  { name: 'crash', title: 'Killed processes lose and double nothing', run: crash },
];

async function lint(): Promise<Tally> {
  const rules = await commandCheck('eslint', 'eslint', ['.', '--max-warnings', '0']);
  return plus(
    rules,
    await commandCheck('prettier', 'prettier', ['--check', '--log-level', 'warn', '**/*.{ts,js,json}']),
  );
}

async function drift(): Promise<Tally> {
  let tally = NOTHING;
  for (const file of readdirSync(join(checkout, 'specs')).filter((name) => name.endsWith('.yaml'))) {
    const command = ['cli/main.ts', 'generate', `specs/${file}`, '--check'];
    tally = plus(tally, await commandCheck(`generate --check ${file}`, 'node', command));
  }
  return plus(tally, await commandCheck('docs --check', 'node', ['cli/main.ts', 'docs', '--check']));
}

async function unit(): Promise<Tally> {
  const rooms = ['generator', 'cli', 'sidecar', 'scripts', 'ledger', 'specs'];
  return mocha(
    'unit',
    rooms.map((room) => `test/${room}/**/*.test.ts`),
    30 * SECOND,
  );
}

async function integration(): Promise<Tally> {
  await prepareOdoo();
  return mocha('integration', ['test/integration/**/*.test.ts'], 5 * MINUTE);
}

async function browser(): Promise<Tally> {
  await prepareOdoo();
  await ensureChromium();
  return mocha('browser', ['test/browser/**/*.test.ts'], 3 * MINUTE);
}

async function crash(): Promise<Tally> {
  await prepareOdoo();
  return mocha('crash', ['test/crash/**/*.test.ts'], 8 * MINUTE);
}
