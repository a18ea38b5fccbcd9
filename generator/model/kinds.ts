/**
 * The canonical kinds: what a flow may feed. The runtime's registry says the same; both are compared with
 * `odoo_addon/millwright/tests/fixtures/contract/kinds.json`.
 */
export type FieldType = 'text' | 'decimal' | 'datetime' | 'date' | 'enum' | 'ref' | 'quantity' | 'unit';

export interface CanonicalField {
  readonly type: FieldType;
  /** A record cannot be created without it. */
  readonly required: boolean;
  /** enum: its values. */
  readonly values?: readonly string[];
  /** ref: what it refers to, and how. */
  readonly ref?: string;
  readonly by?: 'external_id' | 'name';
  /** decimal: what the number counts. */
  readonly measure?: 'hours' | 'money';
}

export interface Kind {
  readonly roles: readonly ('apply' | 'delete' | 'post' | 'check')[];
  readonly fields: Readonly<Record<string, CanonicalField>>;
  /** check only: fields that stand in each of the command's lines. */
  readonly lineFields: readonly string[];
}

const text: CanonicalField = { type: 'text', required: false };
const date: CanonicalField = { type: 'date', required: false };
const datetime: CanonicalField = { type: 'datetime', required: false };
const required = (field: CanonicalField): CanonicalField => ({ ...field, required: true });
const ref = (to: string, by: 'external_id' | 'name'): CanonicalField => ({
  type: 'ref',
  required: false,
  ref: to,
  by,
});
const oneOf = (...values: string[]): CanonicalField => ({ type: 'enum', required: false, values });

export const KINDS: Readonly<Record<string, Kind>> = {
  equipment: {
    roles: ['apply', 'delete'],
    lineFields: [],
    fields: {
      name: required(text),
      serial_no: text,
      model: text,
      note: text,
      location: text,
      category: ref('equipment_category', 'name'),
      cost: { type: 'decimal', required: false, measure: 'money' },
      effective_date: date,
      warranty_date: date,
    },
  },
  work_order: {
    roles: ['apply', 'delete'],
    lineFields: [],
    fields: {
      name: required(text),
      status: required(oneOf('open', 'in_progress', 'on_hold', 'done', 'cancelled')),
      type: oneOf('corrective', 'preventive'),
      priority: oneOf('none', 'low', 'medium', 'high'),
      equipment: ref('equipment', 'external_id'),
      description: text,
      due_at: datetime,
      requested_at: datetime,
      completed_at: datetime,
      planned_hours: { type: 'decimal', required: false, measure: 'hours' },
      team: ref('maintenance_team', 'name'),
    },
  },
  parts_consumption: {
    roles: ['post', 'check'],
    lineFields: ['part', 'quantity', 'unit'],
    fields: {
      work_order: required(ref('work_order', 'external_id')),
      part: required(ref('part', 'external_id')),
      quantity: required({ type: 'quantity', required: false }),
      unit: { type: 'unit', required: false },
      lot: text,
    },
  },
};

// names come from specs: nothing but a field itself may be found among the fields
for (const { fields } of Object.values(KINDS)) Object.setPrototypeOf(fields, null);

/** The kind of a flow that the schema has admitted. */
export function kindOf(name: string): Kind {
  const kind = KINDS[name];
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}
