/**
 * The canonical kinds: what a flow may feed. The runtime's registry says the same; both are compared with
 * `odoo_addon/millwright/tests/fixtures/contract/kinds.json`.
 */
import type { Role } from '../spec/types.ts';

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
  /** decimal: what the number counts; an amount has its currency and tax in fields beside it. */
  readonly measure?: 'hours' | 'money' | 'amount' | 'count';
}

export interface Kind {
  readonly roles: readonly Role[];
  readonly fields: Readonly<Record<string, CanonicalField>>;
  /** check and converge: fields that stand in each of the command's lines. */
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
const number = (measure: 'hours' | 'amount' | 'count'): CanonicalField => ({
  type: 'decimal',
  required: false,
  measure,
});
const unit: CanonicalField = { type: 'unit', required: false };
const oneOf = (...values: string[]): CanonicalField => ({ type: 'enum', required: false, values });

const records = (fields: Kind['fields']): Kind => ({ roles: ['apply', 'delete'], lineFields: [], fields });
const movements = (fields: Kind['fields']): Kind => ({ roles: ['post'], lineFields: [], fields });
/** Told as rows that are told again, each known by its key, or as movements. */
const rows = (fields: Kind['fields']): Kind => ({
  roles: ['apply', 'delete', 'post'],
  lineFields: [],
  fields,
});
const tax = oneOf('included', 'excluded');

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
    roles: ['post', 'check', 'converge'],
    lineFields: ['part', 'quantity', 'unit', 'price', 'currency', 'tax'],
    fields: {
      work_order: required(ref('work_order', 'external_id')),
      part: required(ref('part', 'external_id')),
      quantity: required({ type: 'quantity', required: false }),
      unit: { type: 'unit', required: false },
      lot: text,
      price: number('amount'),
      currency: text,
      tax,
    },
  },
  downtime: {
    roles: ['apply', 'delete', 'post'],
    lineFields: [],
    fields: {
      equipment: required(ref('equipment', 'external_id')),
      state: oneOf('down', 'up'),
      started_at: datetime,
      ended_at: datetime,
      hours: number('hours'),
      planned: oneOf('planned', 'unplanned'),
      reason: text,
      work_order: ref('work_order', 'external_id'),
    },
  },
  meter_reading: movements({
    meter: required(ref('meter', 'external_id')),
    equipment: ref('equipment', 'external_id'),
    work_order: ref('work_order', 'external_id'),
    value: number('count'),
    word: text,
    unit,
    read_at: datetime,
  }),
  purchase_request: records({
    order: required(text),
    line: text,
    our_order: text,
    type: required(oneOf('part', 'service')),
    status: oneOf('requested', 'approved', 'ordered', 'partial', 'received', 'declined', 'cancelled'),
    part: ref('part', 'external_id'),
    description: text,
    supplier: ref('supplier', 'external_id'),
    work_order: ref('work_order', 'external_id'),
    ordered: number('count'),
    received: number('count'),
    unit,
    price: number('amount'),
    currency: text,
    tax,
    due_at: datetime,
  }),
  service: rows({
    work_order: required(ref('work_order', 'external_id')),
    type: oneOf('labour', 'external'),
    hours: number('hours'),
    started_at: datetime,
    ended_at: datetime,
    technician: text,
    supplier: ref('supplier', 'external_id'),
    description: text,
    amount: number('amount'),
    currency: text,
    tax,
  }),
  cost: rows({
    work_order: required(ref('work_order', 'external_id')),
    amount: required(number('amount')),
    currency: required(text),
    tax: required(tax),
    category: text,
    description: text,
  }),
  supplier: records({
    name: required(text),
    code: text,
    tax_id: text,
    email: text,
    phone: text,
    website: text,
    note: text,
  }),
  product: records({
    name: required(text),
    code: text,
    barcode: text,
    category: ref('product_category', 'name'),
    supplier: ref('supplier', 'external_id'),
    unit,
    description: text,
    price: number('amount'),
    currency: text,
    tax,
  }),
  stock_level: records({
    part: required(ref('part', 'external_id')),
    location: ref('location', 'external_id'),
    on_hand: required(number('count')),
    reserved: number('count'),
    unit,
    lot: text,
    counted_at: datetime,
  }),
  record: records({
    name: required(text),
    type: text,
    code: text,
    status: text,
    parent: ref('record', 'external_id'),
    note: text,
  }),
};

/** Fields of which an amount of the kind speaks: without them it would be guessed. */
export const OF_AMOUNTS = ['currency', 'tax'] as const;

// names come from specs: nothing but a field itself may be found among the fields
for (const { fields } of Object.values(KINDS)) Object.setPrototypeOf(fields, null);

/** The kind of a flow that the schema has admitted. */
export function kindOf(name: string): Kind {
  const kind = KINDS[name];
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}
