import type { OdooClient } from '../../scripts/odoo/index.ts';
import { measureCallers } from '../odoo/callers.ts';
import type { Consumption } from './events.ts';

interface Facts {
  type: number;
  from: number;
  to: number;
  products: Map<string, number>;
}

/** The peer `odoo_await_<n>`: for every event two calls, create a transfer with its move, then validate it. Gives seconds. */
export function measureOdooAwait(
  db: string,
  events: readonly Consumption[],
  clients: number,
): Promise<number> {
  return measureCallers(db, clients, events, readFacts, post);
}

async function post(odoo: OdooClient, facts: Facts, event: Consumption): Promise<void> {
  const places = { location_id: facts.from, location_dest_id: facts.to };
  const move = {
    ...places,
    product_id: facts.products.get(`BENCH-${event.part}`),
    product_uom_qty: event.quantity,
    quantity: event.quantity,
    picked: true,
  };
  const picking = await odoo.create('stock.picking', {
    ...places,
    picking_type_id: facts.type,
    origin: `Conveyor ${event.work_order}: inspection`,
    move_ids: [[0, 0, move]],
  });
  const answer = await odoo.call('stock.picking', 'button_validate', [[picking]]);
  if (answer !== true) throw new Error(`transfer ${picking} was not validated: ${JSON.stringify(answer)}`);
}

async function readFacts(odoo: OdooClient): Promise<Facts> {
  const [plant] = await odoo.searchRead<Record<string, [number, string]>>(
    'millwright.plant',
    [],
    ['warehouse_id', 'stock_location_id', 'consumption_location_id'],
  );
  const warehouse = idOf(plant?.['warehouse_id']);
  const [row] = await odoo.read<Record<string, [number, string]>>(
    'stock.warehouse',
    [warehouse],
    ['int_type_id'],
  );
  const products = await odoo.searchRead<{ id: number; default_code: string }>(
    'product.product',
    [['default_code', 'like', 'BENCH-']],
    ['default_code'],
  );
  return {
    type: idOf(row?.['int_type_id']),
    from: idOf(plant?.['stock_location_id']),
    to: idOf(plant?.['consumption_location_id']),
    products: new Map(products.map((product) => [product.default_code, product.id])),
  };
}

function idOf(reference: [number, string] | undefined): number {
  if (reference === undefined) throw new TypeError('expected a reference to a record');
  return reference[0];
}
