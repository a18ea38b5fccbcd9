import type { OdooField, OdooModels } from '../odoo/models.ts';
import { shippedModels } from '../odoo/shipped.ts';
import type { FieldMapping, Flow, OwnFieldType, Spec } from '../spec/types.ts';
import type { CanonicalField, Kind } from './kinds.ts';
import { kindOf } from './kinds.ts';
import { RECORDS } from './records.ts';

/** A field of the Odoo record that no canonical word names: one that the spec adds to it, or one that is there. */
export interface OwnField {
  readonly name: string;
  readonly canonical: CanonicalField;
  /** Type of the Odoo field. */
  readonly type: OwnFieldType;
  /** Its name in Odoo when it is there already; one that is added is named after the connector. */
  readonly existing: string | null;
  readonly mapping: FieldMapping;
}

const optional = { required: false } as const;
const CANONICAL: Readonly<Record<Exclude<OwnFieldType, 'selection'>, CanonicalField>> = {
  text: { type: 'text', ...optional },
  integer: { type: 'decimal', measure: 'count', ...optional },
  decimal: { type: 'decimal', measure: 'count', ...optional },
  boolean: { type: 'enum', values: ['true', 'false'], ...optional },
  date: { type: 'date', ...optional },
  datetime: { type: 'datetime', ...optional },
};

/** What types of Odoo's own fields a spec may fill, by what they are here. */
export const FILLABLE: Readonly<Record<string, OwnFieldType>> = {
  char: 'text',
  text: 'text',
  integer: 'integer',
  float: 'decimal',
  monetary: 'decimal',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  selection: 'selection',
};

const known = new WeakMap<Flow, Readonly<Record<string, OwnField>>>();

/** Reads the fields with `to:` of a spec from these models: from now on they are what the spec means by them. */
export function useModels(spec: Spec, models: OdooModels): void {
  for (const flow of Object.values(spec.flows)) known.set(flow, readOwnFields(flow, models));
}

/**
 * The fields with `field:` or `to:` of a flow, by name; of Odoo as it comes where `useModels` was not told another.
 * One that cannot be told is left out: a check says why.
 */
export function ownFields(flow: Flow): Readonly<Record<string, OwnField>> {
  const found = known.get(flow) ?? readOwnFields(flow, shippedModels());
  known.set(flow, found);
  return found;
}

/** The canonical kind of a flow together with its own fields. */
export function flowKind(flow: Flow): Kind {
  const kind = kindOf(flow.kind);
  const own = Object.values(ownFields(flow));
  if (own.length === 0) return kind;
  const fields = Object.fromEntries(own.map(({ name, canonical }) => [name, canonical]));
  return { ...kind, fields: { ...fields, ...kind.fields } };
}

function readOwnFields(flow: Flow, models: OdooModels): Record<string, OwnField> {
  const found: Record<string, OwnField> = {};
  for (const [name, mapping] of Object.entries(flow.fields ?? {})) {
    const field = mapping.field === undefined ? existingField(flow, mapping, models) : addedField(mapping);
    if (field !== undefined) found[name] = { name, mapping, ...field };
  }
  return found;
}

type Told = Pick<OwnField, 'canonical' | 'type' | 'existing'>;

function addedField({ field }: FieldMapping): Told | undefined {
  if (field === undefined) return undefined;
  return {
    canonical: canonicalOf(field.type, Object.keys(field.values ?? {})),
    type: field.type,
    existing: null,
  };
}

function existingField(flow: Flow, { to }: FieldMapping, models: OdooModels): Told | undefined {
  const model = RECORDS[flow.kind]?.model;
  const field: OdooField | undefined =
    to === undefined || model === undefined ? undefined : models[model]?.[to];
  const type = field === undefined ? undefined : FILLABLE[field.type];
  if (to === undefined || field === undefined || type === undefined) return undefined;
  return { canonical: canonicalOf(type, field.values ?? []), type, existing: to };
}

function canonicalOf(type: OwnFieldType, values: readonly string[]): CanonicalField {
  return type === 'selection' ? { type: 'enum', values, ...optional } : CANONICAL[type];
}
