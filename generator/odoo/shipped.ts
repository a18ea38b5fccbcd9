import { readFileSync } from 'node:fs';

import type { OdooModels } from './models.ts';

const FILE = new URL('odoo-19.json', import.meta.url);

let known: OdooModels | undefined;

/** Odoo 19's own models as they were when this generator was made (`npm run odoo:snapshot`). Read when the first spec asks. */
export function shippedModels(): OdooModels {
  known ??= JSON.parse(readFileSync(FILE, 'utf8')) as OdooModels;
  return known;
}
