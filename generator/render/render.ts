import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { AddonModel } from '../model/addon.ts';
import { addonContext, flowContexts, migrationContext, notice } from './context.ts';
import { compile } from './engine.ts';
import { poFile, potFile } from './pot.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates/connector', import.meta.url));
const SUFFIX = '.liquid';
const FLOW = '[flow]';
const VERSION = '[version]';
const SAMPLE_TESTS = 'tests/test_samples.py';
const OWN_FIELDS: readonly string[] = ['models/own_fields.py', 'views/own_fields_views.xml'];

/** Path below the addon's folder, with `/`, to content. */
export type Files = ReadonlyMap<string, string>;

/** Renders an addon: every template of the tree, once, or for each flow or version that its name asks for. */
export function renderAddon(addon: AddonModel): Files {
  const files = new Map<string, string>();
  const shared = addonContext(addon);
  const contexts = { shared, flows: flowContexts(shared) };
  for (const { path, template } of templates()) {
    for (const [target, context] of instances(addon, contexts, path)) files.set(target, template(context));
  }
  files.set('contract.json', `${JSON.stringify(addon.contract, null, 2)}\n`);
  if (addon.samples.size > 0) files.set('tests/samples.json', samplesText(addon));
  for (const [path, document] of Object.entries(addon.documents))
    files.set(path, `${JSON.stringify({ ...document, 'x-generated': notice(addon) }, null, 2)}\n`);
  files.set(`i18n/${addon.module}.pot`, potFile(addon));
  for (const language of Object.keys(addon.translations))
    files.set(`i18n/${language}.po`, poFile(addon, language));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The samples as the generated tests read them. */
function samplesText(addon: AddonModel): string {
  const sorted = [...addon.samples].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ 'x-generated': notice(addon), ...Object.fromEntries(sorted) }, null, 2)}\n`;
}

interface Contexts {
  readonly shared: object;
  readonly flows: ReadonlyMap<string, object>;
}

function instances(
  addon: AddonModel,
  { shared, flows }: Contexts,
  path: string,
): (readonly [string, object])[] {
  if (path.includes(FLOW)) return [...flows].map(([name, context]) => [path.replace(FLOW, name), context]);
  if (path === SAMPLE_TESTS && addon.samples.size === 0) return [];
  if (OWN_FIELDS.includes(path) && addon.records.length === 0) return [];
  if (!path.includes(VERSION)) return [[path, shared]];
  const stage = path.includes('/pre-') ? 'pre' : 'post';
  return addon.migrations
    .filter((migration) => migration[stage].length > 0)
    .map((migration) => [
      path.replace(VERSION, migration.version),
      migrationContext(shared, migration[stage]),
    ]);
}

interface Template {
  readonly path: string;
  readonly template: (context: object) => string;
}

let known: readonly Template[] | undefined;

/** The templates, read and parsed once. */
function templates(): readonly Template[] {
  known ??= templatePaths().map((name) => ({
    path: name.slice(0, -SUFFIX.length).split(sep).join('/'),
    template: compile(name, readFileSync(join(TEMPLATES, name), 'utf8')),
  }));
  return known;
}

function templatePaths(): string[] {
  return readdirSync(TEMPLATES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
    .map((entry) => relative(TEMPLATES, join(entry.parentPath, entry.name)))
    .sort();
}
