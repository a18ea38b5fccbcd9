/** One field of an Odoo model, as `fields_get` tells it; what is false is left out. */
export interface OdooField {
  /** Odoo's word: char, many2one … */
  readonly type: string;
  readonly required?: true;
  /** A person may not change it, which goes for most that are computed. */
  readonly readonly?: true;
  /** Odoo fills it when a record is created without it. */
  readonly default?: true;
  /** Of a relation: the other model. */
  readonly relation?: string;
  /** Of a selection: its values. */
  readonly values?: readonly string[];
  /** Its value is another one in each company. */
  readonly company_dependent?: true;
}

/** Fields by name, by model. */
export type OdooModels = Readonly<Record<string, Readonly<Record<string, OdooField>>>>;

/** The models whose fields a spec can name, and what they refer to. */
export const MODELS = [
  'maintenance.equipment',
  'maintenance.equipment.category',
  'maintenance.request',
  'maintenance.stage',
  'maintenance.team',
  'product.product',
  'stock.location',
  'stock.move',
] as const;

interface Told {
  readonly type: string;
  readonly required?: boolean;
  readonly readonly?: boolean;
  readonly relation?: string;
  readonly selection?: readonly (readonly [unknown, string])[];
  readonly company_dependent?: boolean;
}

/** From the answers of `fields_get` and `default_get` to what is kept of a model, in the order of names. Fields of Millwright are left out. */
export function keepModel(
  fields: Readonly<Record<string, Told>>,
  defaults: Readonly<Record<string, unknown>>,
): Record<string, OdooField> {
  const names = Object.keys(fields)
    .filter((name) => !name.startsWith('millwright_'))
    .sort();
  return Object.fromEntries(names.map((name) => [name, keepField(fields[name], name in defaults)]));
}

function keepField(told: Told | undefined, hasDefault: boolean): OdooField {
  if (told === undefined) throw new Error('a field without description');
  const values = (told.selection ?? []).flatMap(([value]) => (typeof value === 'string' ? [value] : []));
  return {
    type: told.type,
    ...(told.required === true ? { required: true as const } : {}),
    ...(told.readonly === true ? { readonly: true as const } : {}),
    ...(hasDefault ? { default: true as const } : {}),
    ...(told.relation === undefined ? {} : { relation: told.relation }),
    ...(told.type === 'selection' ? { values } : {}),
    ...(told.company_dependent === true ? { company_dependent: true as const } : {}),
  };
}

/** One model to a line of fields each, so that a change of Odoo can be read in a comparison. */
export function modelsText(models: OdooModels): string {
  const entries = Object.keys(models)
    .sort()
    .map((name) => {
      const lines = Object.entries(models[name] ?? {}).map(
        ([field, value]) => `    ${JSON.stringify(field)}: ${JSON.stringify(value)}`,
      );
      return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`;
    });
  return `{\n${entries.join(',\n')}\n}\n`;
}
