/** An Odoo record that rows of a kind are bound to. */
export interface OdooRecord {
  /** The many2one of the integration row. */
  readonly field: string;
  readonly model: string;
  readonly label: string;
  /** XML id of the form that fields of a connector are added to; null where a record takes none. */
  readonly form: string | null;
  /** Fields that the runtime fills, from canonical fields or because a record needs them. */
  readonly filled: readonly string[];
}

/** By kind. One without a handler in the runtime has no record yet: its rows are kept, not bound. */
export const RECORDS: Readonly<Record<string, OdooRecord>> = {
  equipment: {
    field: 'equipment_id',
    model: 'maintenance.equipment',
    label: 'Equipment',
    form: 'maintenance.hr_equipment_view_form',
    filled: [
      ...['name', 'serial_no', 'model', 'note', 'cost', 'category_id', 'effective_date', 'warranty_date'],
      ...['active', 'company_id', 'millwright_location'],
    ],
  },
  work_order: {
    field: 'request_id',
    model: 'maintenance.request',
    label: 'Maintenance request',
    form: 'maintenance.hr_equipment_request_view_form',
    filled: [
      ...['name', 'description', 'maintenance_type', 'priority', 'request_date', 'equipment_id', 'archive'],
      ...['maintenance_team_id', 'schedule_date', 'schedule_end', 'duration', 'stage_id', 'kanban_state'],
      ...['close_date', 'recurring_maintenance', 'company_id', 'owner_user_id'],
    ],
  },
  parts_consumption: {
    field: 'move_id',
    model: 'stock.move',
    label: 'Stock move',
    form: null,
    filled: [],
  },
};
