import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { AddonModel } from '../model/addon.ts';
import { addonContext, flowContext } from './context.ts';
import { fill } from './engine.ts';
import { potFile } from './pot.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates/connector', import.meta.url));
const SUFFIX = '.liquid';
const FLOW = '[flow]';

/** Path below the addon's folder, with `/`, to content. */
export type Files = ReadonlyMap<string, string>;

/** Renders an addon: every template of the tree, once or, with [flow] in its name, once for each flow. */
export function renderAddon(addon: AddonModel): Files {
  const files = new Map<string, string>();
  for (const template of templatePaths()) {
    const source = readFileSync(join(TEMPLATES, template), 'utf8');
    const path = template.slice(0, -SUFFIX.length).split(sep).join('/');
    if (path.includes(FLOW)) {
      for (const flow of addon.flows)
        files.set(path.replace(FLOW, flow.name), fill(template, source, flowContext(addon, flow)));
    } else {
      files.set(path, fill(template, source, addonContext(addon)));
    }
  }
  files.set('contract.json', `${JSON.stringify(addon.contract, null, 2)}\n`);
  files.set(`i18n/${addon.module}.pot`, potFile(addon));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function templatePaths(): string[] {
  return readdirSync(TEMPLATES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
    .map((entry) => relative(TEMPLATES, join(entry.parentPath, entry.name)))
    .sort();
}
