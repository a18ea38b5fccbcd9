import type { Spec } from '../spec/types.ts';
import type { RecordFieldModel, RecordModel } from './addon.ts';
import { addedFieldName, className, defaultLabel } from './names.ts';
import { ownFields } from './own-fields.ts';
import { RECORDS } from './records.ts';

const FIELD_CLASSES = {
  text: 'Char',
  integer: 'Integer',
  decimal: 'Float',
  boolean: 'Boolean',
  date: 'Date',
  datetime: 'Datetime',
  selection: 'Selection',
} as const;

/** The records of Odoo that a spec adds fields to, each with the fields of all of its flows; by the model's name. */
export function recordModels(spec: Spec): RecordModel[] {
  const found = new Map<string, RecordModel & { readonly fields: RecordFieldModel[] }>();
  for (const flow of Object.values(spec.flows)) {
    const record = RECORDS[flow.kind];
    if (record === undefined || record.form === null) continue;
    for (const { name, mapping } of Object.values(ownFields(flow))) {
      const added = mapping.field;
      if (added === undefined) continue;
      const column = addedFieldName(spec.connector.code, name);
      const { model, form } = record;
      const known = found.get(model) ?? { model, form, ...recordNames(model), fields: [] };
      found.set(model, known);
      if (known.fields.some((field) => field.name === column)) continue;
      known.fields.push({
        name: column,
        fieldClass: FIELD_CLASSES[added.type],
        type: added.type,
        label: added.title,
        ownLabel: added.title !== defaultLabel(column),
        help: added.help ?? null,
        values: Object.entries(added.values ?? {}).map(([value, label]) => ({ value, label })),
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.model < b.model ? -1 : 1));
}

/** XML ids of what those records get. */
export function recordXmlIds(spec: Spec): string[] {
  return recordModels(spec).map(({ viewId }) => viewId);
}

function recordNames(model: string): {
  readonly table: string;
  readonly viewId: string;
  readonly className: string;
} {
  const table = model.replaceAll('.', '_');
  return { table, viewId: `${table}_view_form`, className: className('', table).replace('Millwright', '') };
}
