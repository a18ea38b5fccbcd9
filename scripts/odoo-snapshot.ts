import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModels } from '../cli/odoo-models.ts';
import { modelsText } from '../generator/index.ts';
import { BringUpError, checkout, say } from './odoo/index.ts';
import { withPlainOdoo } from './odoo/plain.ts';

const FILE = 'generator/odoo/odoo-19.json';

/** `npm run odoo:snapshot [-- --check]`: what Odoo's models are like with nothing installed but what our runtime stands on. */
async function main(check: boolean): Promise<number> {
  const text = modelsText(await withPlainOdoo((address) => readModels(address)));
  const file = join(checkout, FILE);
  if (readFileSync(file, 'utf8') === text) {
    say(`${FILE}: equal to Odoo`);
    return 0;
  }
  if (check) {
    say(`${FILE} is not what Odoo says; run npm run odoo:snapshot, look at what it changed, commit it`);
    return 1;
  }
  writeFileSync(file, text);
  say(`wrote ${FILE}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.includes('--check'));
} catch (error) {
  if (!(error instanceof BringUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
