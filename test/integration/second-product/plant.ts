import type { OdooClient } from '../../../scripts/odoo/index.ts';

type Reference = [id: number, name: string] | false;

export interface Shelf {
  plant: number;
  location: number;
  consumption: number;
  /** Product ids. */
  grease: number;
  belt: number;
}

/** Names of Odoo's units of measure. */
type Unit = 'unit' | 'kgm' | 'gram' | 'litre';

/**
 * What an administrator adds to a backend with one plant: a second plant with a shelf of its own, the codes of the product for plant and
 * units, grease that Odoo keeps by kilogram and lot, and belts that it counts.
 */
export async function seedShelf(odoo: OdooClient, backend: number): Promise<Shelf> {
  const { plant, location, consumption } = await seedSecondPlant(odoo, backend);
  const refer = (values: Record<string, unknown>): Promise<number> =>
    odoo.create('millwright.cross.reference', { backend_id: backend, ...values });
  await refer({ table: 'plant', code: 'SUED', plant_id: plant });
  await refer({ table: 'unit', code: 'GRM', uom_id: await unit(odoo, 'gram') });
  await refer({ table: 'unit', code: 'LTR', uom_id: await unit(odoo, 'litre') });
  const grease = await odoo.create('product.product', {
    ...{ name: 'Bearing grease', type: 'consu', is_storable: true, tracking: 'lot' },
    ...{ uom_id: await unit(odoo, 'kgm'), standard_price: 20 },
  });
  const belt = await odoo.create('product.product', {
    ...{
      name: 'Belt',
      type: 'consu',
      is_storable: true,
      uom_id: await unit(odoo, 'unit'),
      standard_price: 5,
    },
  });
  await odoo.create('millwright.part', { backend_id: backend, external_id: 'ART/77', product_id: grease });
  await odoo.create('millwright.part', { backend_id: backend, external_id: 'ART/9', product_id: belt });
  const lots = { 'CH-17': 2, 'CH-18': 1 };
  for (const [name, quantity] of Object.entries(lots)) {
    const lot = await odoo.create('stock.lot', { name, product_id: grease });
    await stock(odoo, {
      product_id: grease,
      location_id: location,
      lot_id: lot,
      inventory_quantity: quantity,
    });
  }
  await stock(odoo, { product_id: belt, location_id: location, inventory_quantity: 30 });
  return { plant, location, consumption, grease, belt };
}

async function seedSecondPlant(
  odoo: OdooClient,
  backend: number,
): Promise<Pick<Shelf, 'plant' | 'location' | 'consumption'>> {
  type First = {
    company_id: Reference;
    warehouse_id: Reference;
    stock_location_id: Reference;
    consumption_location_id: Reference;
  };
  const fields = ['company_id', 'warehouse_id', 'stock_location_id', 'consumption_location_id'];
  const [first] = await odoo.searchRead<First>('millwright.plant', [], fields, { limit: 1 });
  if (first === undefined) throw new Error('no plant is set up');
  const location = await odoo.create('stock.location', {
    name: 'Shelf in the south',
    location_id: idOf(first.stock_location_id),
  });
  const consumption = idOf(first.consumption_location_id);
  const plant = await odoo.create('millwright.plant', {
    ...{
      name: 'South',
      code: 'S',
      company_id: idOf(first.company_id),
      warehouse_id: idOf(first.warehouse_id),
    },
    ...{ stock_location_id: location, consumption_location_id: consumption },
  });
  await odoo.update('millwright.backend', [backend], { plant_ids: [[4, plant]] });
  return { plant, location, consumption };
}

async function unit(odoo: OdooClient, name: Unit): Promise<number> {
  const domain = [
    ['module', '=', 'uom'],
    ['name', '=', `product_uom_${name}`],
  ];
  const [row] = await odoo.searchRead<{ res_id: number }>('ir.model.data', domain, ['res_id']);
  if (row === undefined) throw new Error(`no unit ${name}`);
  return row.res_id;
}

async function stock(odoo: OdooClient, quant: Record<string, unknown>): Promise<void> {
  const id = await odoo.call('stock.quant', 'create', [quant], { context: { inventory_mode: true } });
  await odoo.call('stock.quant', 'action_apply_inventory', [[id]]);
}

export function idOf(reference: Reference | undefined): number {
  if (!Array.isArray(reference)) throw new TypeError('expected a reference to a record');
  return reference[0];
}
