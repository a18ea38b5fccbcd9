import { sql } from '../../scripts/odoo/index.ts';

/** Everything that traffic leaves in Odoo, line by line, without what differs from run to run (ids of rows, times of work, the title that a request had when a move was made). */
export interface WholeLedger {
  messages: string[];
  commands: string[];
  moves: string[];
  quants: string[];
  requests: string[];
  equipment: string[];
  discrepancies: string[];
}

/**
 * A snapshot of a record may be carried out or find a newer one in its place: which of the two is a matter of the moment, and the record
 * is the same. A total that comes before the last movement finds a discrepancy, which that movement settles: only what stays open is told.
 * Of two that nobody can carry out the first is held for that, the other behind it. All other ends are told apart.
 */
const END = `CASE WHEN m.state = 'ignored' AND m.code IN ('coalesced', 'superseded') OR m.state = 'done' AND m.operation = 'upsert'
  THEN 'carried out or overtaken' WHEN m.operation = 'check' AND m.code IN ('agrees', 'discrepancy') THEN 'compared'
  WHEN m.state = 'held' AND m.code IN ('handler_missing', 'waits_behind') THEN 'held: nobody can carry it out' ELSE m.state || ' ' || COALESCE(m.code, '') END`;

const QUERIES: Record<keyof WholeLedger, string> = {
  messages: `SELECT m.event, m.event_id, m.subject, m.lane, m.fanned_out, CASE WHEN m.fanned_out THEN '' ELSE ${END} END
    FROM millwright_inbox m WHERE m.parent_id IS NULL AND m.event NOT LIKE '%\\_READ'`,
  commands: `SELECT m.event_id, m.flow, m.operation, m.ordering_key, m.group_key, m.version, m.contract_hash, m.command, ${END}
    FROM millwright_inbox m WHERE m.command IS NOT NULL AND m.event NOT LIKE '%\\_READ'`,
  moves: `SELECT m.millwright_operation_id, p.default_code, m.quantity, f.complete_name, t.complete_name, m.state,
      m.millwright_occurred_at, m.millwright_part_key, b.external_id
    FROM stock_move m JOIN product_product p ON p.id = m.product_id
    JOIN stock_location f ON f.id = m.location_id JOIN stock_location t ON t.id = m.location_dest_id
    JOIN millwright_atlas_work_order b ON b.request_id = m.millwright_request_id
    WHERE m.millwright_operation_id IS NOT NULL`,
  quants: `SELECT p.default_code, l.complete_name, round(sum(q.quantity)::numeric, 4), round(sum(q.reserved_quantity)::numeric, 4)
    FROM stock_quant q JOIN product_product p ON p.id = q.product_id JOIN stock_location l ON l.id = q.location_id
    GROUP BY 1, 2`,
  requests: `SELECT b.external_id, b.synchronised_version, r.name, s.name->>'en_US', r.archive, r.kanban_state, r.maintenance_type,
      r.priority, r.duration, r.schedule_date, e.name->>'en_US'
    FROM millwright_atlas_work_order b LEFT JOIN maintenance_request r ON r.id = b.request_id
    LEFT JOIN maintenance_stage s ON s.id = r.stage_id LEFT JOIN maintenance_equipment e ON e.id = r.equipment_id`,
  equipment: `SELECT b.external_id, b.synchronised_version, e.name->>'en_US', e.serial_no, e.model, e.active
    FROM millwright_atlas_asset b LEFT JOIN maintenance_equipment e ON e.id = b.equipment_id`,
  discrepancies: `SELECT flow, work_order_external_id, part_external_id, expected_quantity, posted_quantity
    FROM millwright_discrepancy WHERE state = 'open'`,
};

export async function readWholeLedger(database: string): Promise<WholeLedger> {
  const parts = Object.entries(QUERIES).map(async ([name, query]): Promise<[string, string[]]> => {
    const rows = await sql(query, database);
    return [name, rows.split('\n').sort()];
  });
  return Object.fromEntries(await Promise.all(parts)) as unknown as WholeLedger;
}
