import type { AddonModel, FlowModel, RecordModel } from '../model/addon.ts';
import { CATALOGUE } from './catalogue.ts';
import { notice } from './context.ts';

interface Term {
  readonly text: string;
  readonly place: string;
}

/** The translation template: every text of the addon that people see, once, with its places. */
export function potFile(addon: AddonModel): string {
  return catalogueFile(addon, '', () => '');
}

/** The addon's texts in one language, all of them. */
export function poFile(addon: AddonModel, language: string): string {
  const titles = addon.translations[language] ?? {};
  const known = new Map([
    ...Object.entries(CATALOGUE[language] ?? {}),
    ...Object.entries(titles),
    [addon.title, addon.title] as const,
    ...addon.flows.map(
      ({ description, title }) => [description, `${addon.title}: ${titles[title] ?? title}`] as const,
    ),
  ]);
  return catalogueFile(addon, language, (text) => {
    const translation = known.get(text);
    if (translation === undefined) throw new Error(`${text} is not in the catalogue of ${language}`);
    return translation;
  });
}

function catalogueFile(addon: AddonModel, language: string, translate: (text: string) => string): string {
  const places = new Map<string, string[]>();
  for (const { text, place } of addon.flows
    .flatMap((flow) => flowTerms(addon, flow))
    .concat(
      menuTerms(addon),
      addon.records.flatMap((record) => recordTerms(addon, record)),
    )) {
    places.set(text, [...(places.get(text) ?? []), place]);
  }
  const terms = [...places].sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = terms.map(([text, where]) => {
    const lines = where.sort().map((place) => `#: ${place}\n`);
    return `\n#. module: ${addon.module}\n${lines.join('')}msgid ${quote(text)}\nmsgstr ${quote(translate(text))}\n`;
  });
  return `# ${notice(addon)}\n${header(addon, language)}${entries.join('')}`;
}

function header(addon: AddonModel, language: string): string {
  const lines = [
    `Project-Id-Version: ${addon.version}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: 8bit',
    'Plural-Forms: ',
    ...(language === '' ? [] : [`Language: ${language}`]),
  ];
  return `msgid ""\nmsgstr ""\n${lines.map((line) => `"${line}\\n"\n`).join('')}`;
}

function menuTerms(addon: AddonModel): Term[] {
  return [{ text: addon.title, place: `model:ir.ui.menu,name:${addon.module}.${addon.menuId}` }];
}

/** Labels, helps and values of fields that are added to a record, and the heading that they stand under. */
function recordTerms(addon: AddonModel, record: RecordModel): Term[] {
  const of = (kind: string, attribute: string, name: string): string =>
    `model:${kind},${attribute}:${addon.module}.${name}`;
  const heading = {
    text: addon.title,
    place: `model_terms:ir.ui.view,arch_db:${addon.module}.${record.viewId}`,
  };
  return record.fields.reduce<Term[]>(
    (terms, { name, label, help, values }) => [
      ...terms,
      { text: label, place: of('ir.model.fields', 'field_description', `field_${record.table}__${name}`) },
      ...(help === null
        ? []
        : [{ text: help, place: of('ir.model.fields', 'help', `field_${record.table}__${name}`) }]),
      ...values.map((item) => ({
        text: item.label,
        place: of('ir.model.fields.selection', 'name', `selection__${record.table}__${name}__${item.value}`),
      })),
    ],
    [heading],
  );
}

function flowTerms(addon: AddonModel, flow: FlowModel): Term[] {
  const id = (kind: string, attribute: string, name: string): string =>
    `model:${kind},${attribute}:${addon.module}.${name}`;
  const fields = [
    ...flow.columns.map(({ name, label }) => ({ name, label })),
    ...(flow.record ? [{ name: flow.record.field, label: flow.record.label }] : []),
  ];
  return [
    { text: flow.description, place: id('ir.model', 'name', `model_${flow.table}`) },
    { text: flow.title, place: id('ir.actions.act_window', 'name', `${flow.name}_action`) },
    { text: flow.title, place: id('ir.ui.menu', 'name', `${flow.name}_menu`) },
    {
      text: UNIQUE,
      place: id('ir.model.constraint', 'message', `constraint_${flow.table}_external_id_uniq`),
    },
    ...(flow.record
      ? [
          {
            text: flow.record.label,
            place: `model_terms:ir.ui.view,arch_db:${addon.module}.${flow.name}_view_form`,
          },
          ...RECORD_TERMS.map((text) => ({
            text,
            place: `model_terms:ir.ui.view,arch_db:${addon.module}.${flow.name}_view_form`,
          })),
        ]
      : []),
    ...fields.map(({ name, label }) => ({
      text: label,
      place: id('ir.model.fields', 'field_description', `field_${flow.table}__${name}`),
    })),
    ...VIEW_TERMS.map(({ text, view }) => ({
      text,
      place: `model_terms:ir.ui.view,arch_db:${addon.module}.${flow.name}_view_${view}`,
    })),
    ...HELP.map((text) => ({
      text,
      place: `model_terms:ir.actions.act_window,help:${addon.module}.${flow.name}_action`,
    })),
  ];
}

/** The message of the constraint in the template of the models. */
const UNIQUE = 'A record of the source has one row per backend.';

/** What an empty list says; each is a paragraph of its own, on one line: Odoo takes its line ends for part of the text. */
const HELP = [
  'Nothing here yet',
  'A row comes with the first message about it. What is held has its reason in the Inbox.',
] as const;

/** What the form says of a row that nothing was posted for. */
const ONLY_PLANNED = 'Only planned: its last message ended in shadow, nothing was posted for it.';

/** Those of the form of a flow whose rows are bound to a record. */
const RECORD_TERMS = ['Outgoing', 'Conflicts'] as const;

/** Texts that stand in the templates of the views; a test compares them with the rendered views. */
const VIEW_TERMS: readonly { readonly text: string; readonly view: string }[] = [
  { text: 'Messages', view: 'form' },
  { text: 'At the source', view: 'form' },
  { text: 'Here', view: 'form' },
  { text: 'Queue', view: 'form' },
  ...['Release', 'Redrive', 'Hold', 'Ignore'].flatMap((text) =>
    ['list', 'form'].map((view) => ({ text, view })),
  ),
  { text: ONLY_PLANNED, view: 'form' },
  ...[
    ...['Pending', 'Held', 'Dead letters', 'Done', 'Only planned (shadow)', 'Not only planned'],
    ...['Happened', 'State', 'In shadow', 'Plant', 'Backend'],
  ].map((text) => ({ text, view: 'search' })),
];

function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}
