import type { Part } from '../shift/index.ts';
import { BringUpError, type OdooClient } from '../odoo/index.ts';

export interface SeedOptions {
  backendCode: string;
  backendName: string;
  connector: string;
  environment: string;
  parts: readonly Part[];
}

/** What an administrator has set up in Odoo, as ids. */
export interface Plant {
  company: number;
  stockLocation: number;
  consumptionLocation: number;
  backend: number;
  backendCode: string;
  /** The sidecar's key for the backend; Odoo shows it once. */
  key: string;
  /** External id of a part to its product, and the same of parts that nobody has bound yet. */
  bindings: Map<string, number>;
  unbound: Map<string, number>;
}

/** The code of the location in the samples and in the generated shift. */
const LOCATION_CODE = 'L000008';

/**
 * Sets up one plant, one backend and its parts the way an administrator would, through RPC with public methods only. What is there
 * already (company, warehouse, products by their reference) is used; the backend must be new.
 */
export async function seedPlant(odoo: OdooClient, options: SeedOptions): Promise<Plant> {
  const [user] = await odoo.read<{ company_id: Reference }>('res.users', [odoo.uid], ['company_id']);
  const company = idOf(user?.company_id);
  const { warehouse, stockLocation } = await findWarehouse(odoo, company);
  const consumption = { name: 'Maintenance consumption', usage: 'production', company_id: company };
  const consumptionLocation = await findOrCreate(odoo, 'stock.location', ['name', 'company_id'], consumption);
  const plant = await findOrCreate(odoo, 'millwright.plant', ['code', 'company_id'], {
    name: 'Packing plant',
    code: 'PACKING',
    company_id: company,
    warehouse_id: warehouse,
    stock_location_id: stockLocation,
    consumption_location_id: consumptionLocation,
  });
  const { backend, key } = await seedBackend(odoo, options, plant);
  const { bindings, unbound } = await seedParts(odoo, backend, stockLocation, options.parts);
  const { backendCode } = options;
  return { company, stockLocation, consumptionLocation, backend, backendCode, key, bindings, unbound };
}

async function findWarehouse(
  odoo: OdooClient,
  company: number,
): Promise<{ warehouse: number; stockLocation: number }> {
  const domain = [['company_id', '=', company]];
  const rows = await odoo.searchRead<{ id: number; lot_stock_id: Reference }>(
    'stock.warehouse',
    domain,
    ['lot_stock_id'],
    { limit: 1 },
  );
  const row = rows[0];
  if (row === undefined)
    throw new BringUpError(
      'NO_WAREHOUSE',
      'The company has no warehouse: create one in Inventory, then start again.',
    );
  return { warehouse: row.id, stockLocation: idOf(row.lot_stock_id) };
}

async function seedBackend(
  odoo: OdooClient,
  options: SeedOptions,
  plant: number,
): Promise<{ backend: number; key: string }> {
  const [connector] = await odoo.search('millwright.connector', [['code', '=', options.connector]]);
  if (connector === undefined) {
    throw new BringUpError(
      'NO_CONNECTOR',
      `The connector "${options.connector}" is not registered: is its addon installed?`,
    );
  }
  const backend = await odoo.create('millwright.backend', {
    name: options.backendName,
    code: options.backendCode,
    connector_id: connector,
    environment: options.environment,
    plant_ids: [[6, 0, [plant]]],
  });
  await odoo.call('millwright.backend', 'action_prepare', [[backend]]);
  const key = String(await odoo.call('millwright.backend', 'issue_key', [[backend], 'sidecar']));
  const reference = { backend_id: backend, table: 'plant', code: LOCATION_CODE, plant_id: plant };
  await odoo.create('millwright.cross.reference', reference);
  return { backend, key };
}

async function seedParts(
  odoo: OdooClient,
  backend: number,
  location: number,
  parts: readonly Part[],
): Promise<Pick<Plant, 'bindings' | 'unbound'>> {
  const bindings = new Map<string, number>();
  const unbound = new Map<string, number>();
  const quants: number[] = [];
  for (const part of parts) {
    const product = await seedProduct(odoo, part);
    const quant = { product_id: product, location_id: location, inventory_quantity: part.opening };
    quants.push(
      Number(await odoo.call('stock.quant', 'create', [quant], { context: { inventory_mode: true } })),
    );
    (part.bound ? bindings : unbound).set(String(part.id), product);
    if (part.bound) await bindPart(odoo, backend, part, product);
  }
  await odoo.call('stock.quant', 'action_apply_inventory', [quants]);
  return { bindings, unbound };
}

/** What an administrator does on the screen of parts: says which product a part of the CMMS is. */
export async function bindPart(
  odoo: OdooClient,
  backend: number,
  part: Part,
  product: number,
): Promise<void> {
  const binding = { backend_id: backend, external_id: String(part.id), name: part.name, product_id: product };
  const known = await findOrCreate(odoo, 'millwright.part', ['backend_id', 'external_id'], binding);
  await odoo.update('millwright.part', [known], { product_id: product });
}

async function seedProduct(odoo: OdooClient, part: Part): Promise<number> {
  const [module, name] = part.unit.split('.');
  const domain = [
    ['module', '=', module],
    ['name', '=', name],
  ];
  const [unit] = await odoo.searchRead<{ res_id: number }>('ir.model.data', domain, ['res_id']);
  return findOrCreate(odoo, 'product.product', ['default_code'], {
    name: part.name,
    default_code: `MW-${part.id}`,
    type: 'consu',
    is_storable: true,
    uom_id: unit?.res_id,
    standard_price: part.cost,
  });
}

/** The record whose values of `keys` are those given, or a new one. */
async function findOrCreate(
  odoo: OdooClient,
  model: string,
  keys: string[],
  values: Record<string, unknown>,
): Promise<number> {
  const domain = keys.map((key) => [key, '=', values[key]]);
  const [found] = await odoo.search(model, domain, { limit: 1 });
  return found ?? odoo.create(model, values);
}

type Reference = [id: number, name: string] | false;

function idOf(reference: Reference | undefined): number {
  if (Array.isArray(reference)) return reference[0];
  throw new TypeError('expected a reference to a record');
}
