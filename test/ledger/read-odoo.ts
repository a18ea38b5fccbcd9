import { toMillionths, type Millionths } from './amount.ts';
import type { Move } from './judge.ts';

/** The part of an odoo-await connection that the ledger needs. */
export interface Rpc {
  searchRead<T>(
    model: string,
    domain: unknown[],
    fields: string[],
    options?: { order?: string; limit?: number },
  ): Promise<T[]>;
}

type Row = Record<string, unknown>;

/** The last move before anything was sent, and what was on hand then. */
export interface Baseline {
  lastMove: number;
  onHand: Map<number, Millionths>;
}

export async function readBaseline(odoo: Rpc, products: number[], stockLocation: number): Promise<Baseline> {
  const [last] = await odoo.searchRead<Row>('stock.move', [], ['id'], { order: 'id desc', limit: 1 });
  return { lastMove: Number(last?.['id'] ?? 0), onHand: await readOnHand(odoo, products, stockLocation) };
}

/** On hand per product in the location itself. */
export async function readOnHand(
  odoo: Rpc,
  products: number[],
  location: number,
): Promise<Map<number, Millionths>> {
  const domain = [
    ['product_id', 'in', products],
    ['location_id', '=', location],
  ];
  const onHand = new Map<number, Millionths>();
  for (const quant of await odoo.searchRead<Row>('stock.quant', domain, ['product_id', 'quantity'])) {
    const product = idOf(quant['product_id']);
    onHand.set(product, (onHand.get(product) ?? 0n) + toMillionths(Number(quant['quantity'])));
  }
  return onHand;
}

/** Every done move of the products since the baseline, whoever made it and wherever it went. */
export async function readMoves(odoo: Rpc, products: number[], baseline: Baseline): Promise<Move[]> {
  const domain = [
    ['id', '>', baseline.lastMove],
    ['product_id', 'in', products],
    ['state', '=', 'done'],
  ];
  const fields = [
    'product_id',
    'quantity',
    'location_id',
    'location_dest_id',
    'origin',
    'millwright_occurred_at',
  ];
  const rows = await odoo.searchRead<Row>('stock.move', domain, fields, { order: 'id' });
  return rows.map((row) => ({
    id: Number(row['id']),
    product: idOf(row['product_id']),
    quantity: toMillionths(Number(row['quantity'])),
    from: idOf(row['location_id']),
    to: idOf(row['location_dest_id']),
    occurredAt: timeOf(row['millwright_occurred_at']),
    origin: typeof row['origin'] === 'string' ? row['origin'] : '',
  }));
}

function idOf(many2one: unknown): number {
  return Array.isArray(many2one) ? Number(many2one[0]) : 0;
}

/** Odoo writes UTC without saying so, over RPC in whole seconds. */
function timeOf(value: unknown): number | null {
  return typeof value === 'string' && value !== '' ? Date.parse(`${value.replace(' ', 'T')}Z`) : null;
}
