/** What the invented plant owns. */

export interface Part {
  id: number;
  name: string;
  /** External id of Odoo's unit; the CMMS counts in the same one. */
  unit: 'uom.product_uom_unit' | 'uom.product_uom_kgm' | 'uom.product_uom_litre' | 'uom.product_uom_meter';
  /** What one taking may be, in hundredths of the unit. */
  hundredths: readonly number[];
  opening: number;
  cost: number;
  /** An administrator has said which product it is. */
  bound: boolean;
}

const PIECES = [100, 100, 200, 300, 400];
const FRACTIONS = [25, 35, 50, 75, 110, 150, 333];

function part(
  id: number,
  name: string,
  unit: Part['unit'],
  opening: number,
  cost: number,
  bound = true,
): Part {
  const hundredths = unit === 'uom.product_uom_unit' ? PIECES : FRACTIONS;
  return { id, name, unit, hundredths, opening, cost, bound };
}

/** The part of the recorded deliveries. */
export const SAMPLE_PART: Part = part(88, 'Tension spring', 'uom.product_uom_unit', 40, 7.5);

export const PARTS: readonly Part[] = [
  part(201, 'Deep groove ball bearing 6204', 'uom.product_uom_unit', 60, 8.4),
  part(202, 'V-belt SPA 1250', 'uom.product_uom_unit', 40, 14.9),
  part(203, 'Proximity sensor M12', 'uom.product_uom_unit', 25, 31),
  part(204, 'Contactor 9 A', 'uom.product_uom_unit', 20, 27.5),
  part(205, 'Shaft seal 25x40x7', 'uom.product_uom_unit', 80, 3.2),
  part(206, 'Conveyor roller 500', 'uom.product_uom_unit', 30, 42),
  part(207, 'Air filter F7', 'uom.product_uom_unit', 50, 11.8),
  part(208, 'Bearing grease NLGI 2', 'uom.product_uom_kgm', 45.5, 12.3),
  part(209, 'Hydraulic oil HLP 46', 'uom.product_uom_litre', 208, 4.1),
  part(210, 'Pneumatic hose 8 mm', 'uom.product_uom_meter', 150.25, 1.9),
  part(211, 'Food grade chain oil', 'uom.product_uom_litre', 36.75, 16.2),
  part(212, 'Cable 4x1.5', 'uom.product_uom_meter', 300, 1.15),
];

/** Nobody has said yet which product this is. */
export const UNBOUND_PART: Part = part(299, 'Guide rail profile 40', 'uom.product_uom_unit', 12, 55, false);

export interface Asset {
  id: number;
  name: string;
  category: { id: number; name: string };
  serial: string | null;
  model: string;
}

const CATEGORIES = [
  { id: 2, name: 'Conveyors' },
  { id: 3, name: 'Fillers' },
  { id: 4, name: 'Pumps' },
  { id: 5, name: 'Compressors' },
] as const;

export const ASSETS: readonly Asset[] = Array.from({ length: 14 }, (_, i) => {
  const category = CATEGORIES[i % CATEGORIES.length] ?? CATEGORIES[0];
  const number = Math.floor(i / CATEGORIES.length) + 4;
  return {
    id: 430 + i,
    name: `${category.name.slice(0, -1)} ${number}`,
    category,
    serial: i % 5 === 4 ? null : `SN-${7300 + i * 7}`,
    model: `MX${10 + category.id}`,
  };
});

/** Work orders name it before it is known. */
export const LATE_ASSET: Asset = {
  id: 470,
  name: 'Palletiser 1',
  category: { id: 6, name: 'Palletisers' },
  serial: 'SN-9001',
  model: 'PL200',
};

export const JOBS = [
  'inspection',
  'lubrication',
  'replace bearing',
  'noise',
  'leak',
  'belt change',
  'cleaning',
] as const;
export const PRIORITIES = ['NONE', 'LOW', 'MEDIUM', 'HIGH'] as const;
