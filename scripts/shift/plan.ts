import {
  ASSETS,
  JOBS,
  LATE_ASSET,
  PARTS,
  PRIORITIES,
  UNBOUND_PART,
  type Asset,
  type Part,
} from './catalogue.ts';
import type { Random } from './random.ts';
import type { WorkOrder, WorkOrderStatus } from './records.ts';

/** What happens in the plant, in the order of time, before anything is sent. Amounts are hundredths of the part's unit. */
export type Happening = { at: number } & (
  | { kind: 'asset_new'; asset: Asset }
  | { kind: 'asset_status'; asset: Asset; status: string }
  | { kind: 'order_new'; order: WorkOrder }
  | { kind: 'order_change'; order: WorkOrder; priority: string; title: string }
  | { kind: 'order_status'; order: WorkOrder; status: WorkOrderStatus }
  | { kind: 'order_delete'; order: WorkOrder }
  | { kind: 'take'; order: WorkOrder; part: Part; amount: number }
  | { kind: 'manual_edit'; part: Part; amount: number }
  | { kind: 'receipt'; part: Part; amount: number }
  | { kind: 'meter_trigger'; meter: number }
);

type Event = Happening extends infer H ? (H extends Happening ? Omit<H, 'at'> : never) : never;

export interface PlanOptions {
  workOrders: number;
  firstWorkOrder: number;
  /** Start of the shift, milliseconds. */
  start: number;
  withLateAsset: boolean;
  withUnboundPart: boolean;
}

const MINUTE = 60_000;

/** The happenings of one shift. No two have the same time. */
export function planShift(random: Random, options: PlanOptions): Happening[] {
  const happenings: Happening[] = [];
  const taken = new Set<number>();
  const add = (at: number, event: Event): void => {
    let free = Math.round(at);
    while (taken.has(free)) free += 1;
    taken.add(free);
    happenings.push({ ...event, at: free });
  };
  const late = options.withLateAsset ? 3 : 0;
  planAssets(random, options, add);
  for (let i = 0; i < options.workOrders; i += 1) {
    const asset = i < late ? LATE_ASSET : random.chance(0.1) ? null : random.pick(ASSETS);
    const order = openOrder(random, options, i, asset);
    const unbound = options.withUnboundPart && (i === 5 || i === 11);
    if (i % 12 === 10) planCancelled(random, order, add);
    else planOrder(random, order, unbound, add);
  }
  for (let i = 0; i < 4; i += 1) {
    const at = options.start + random.integer(60, 400) * MINUTE;
    add(at, { kind: 'manual_edit', part: random.pick(PARTS), amount: -random.integer(1, 3) * 100 });
    add(at + MINUTE, { kind: 'receipt', part: random.pick(PARTS), amount: random.integer(5, 20) * 100 });
    add(at + 2 * MINUTE, { kind: 'meter_trigger', meter: 21 + i });
  }
  return happenings.sort((a, b) => a.at - b.at);
}

type Add = (at: number, event: Event) => void;

function planAssets(random: Random, options: PlanOptions, add: Add): void {
  for (const asset of ASSETS) {
    add(options.start - random.integer(5, 40) * MINUTE, { kind: 'asset_new', asset });
    if (!random.chance(0.4)) continue;
    const down = options.start + random.integer(30, 200) * MINUTE;
    add(down, { kind: 'asset_status', asset, status: 'DOWN' });
    add(down + random.integer(20, 90) * MINUTE, { kind: 'asset_status', asset, status: 'OPERATIONAL' });
  }
  if (options.withLateAsset) add(options.start + 470 * MINUTE, { kind: 'asset_new', asset: LATE_ASSET });
}

function openOrder(random: Random, options: PlanOptions, index: number, asset: Asset | null): WorkOrder {
  const createdAt = options.start + random.integer(0, 300) * MINUTE + random.integer(0, 59_999);
  return {
    id: options.firstWorkOrder + index,
    title: `${asset?.name ?? 'Hall 3'}: ${random.pick(JOBS)}`,
    asset,
    priority: random.pick(PRIORITIES),
    preventive: random.chance(0.4),
    description: random.chance(0.3) ? null : 'See the maintenance plan',
    hours: random.integer(1, 8) / 2,
    createdAt,
    dueAt: createdAt + random.integer(1, 72) * 60 * MINUTE,
    status: 'OPEN',
    completedAt: null,
  };
}

function planOrder(random: Random, order: WorkOrder, unbound: boolean, add: Add): void {
  let at = order.createdAt;
  const later = (): number => (at += random.integer(2, 15) * MINUTE + random.integer(0, 59_999));
  add(at, { kind: 'order_new', order });
  for (let changes = random.integer(0, 2); changes > 0; changes -= 1) {
    add(later(), {
      kind: 'order_change',
      order,
      priority: random.pick(PRIORITIES),
      title: `${order.title} (${changes})`,
    });
  }
  add(later(), { kind: 'order_status', order, status: 'IN_PROGRESS' });
  planTakings(random, order, unbound, later, add);
  if (random.chance(0.25)) {
    add(later(), { kind: 'order_status', order, status: 'ON_HOLD' });
    if (random.chance(0.2)) return;
    add(later(), { kind: 'order_status', order, status: 'IN_PROGRESS' });
  }
  if (random.chance(0.85)) add(later(), { kind: 'order_status', order, status: 'COMPLETE' });
}

function planTakings(
  random: Random,
  order: WorkOrder,
  unbound: boolean,
  later: () => number,
  add: Add,
): void {
  for (let takings = random.integer(1, 4); takings > 0; takings -= 1) {
    const part = random.pick(PARTS);
    const amount = random.pick(part.hundredths);
    add(later(), { kind: 'take', order, part, amount: -amount });
    if (!random.chance(0.2)) continue;
    const whole = part.unit === 'uom.product_uom_unit';
    add(later(), { kind: 'take', order, part, amount: whole ? 100 : Math.max(5, Math.floor(amount / 3)) });
  }
  if (unbound) add(later(), { kind: 'take', order, part: UNBOUND_PART, amount: -200 });
}

/** Something was taken, then the order was deleted: what was taken stays taken. */
function planCancelled(random: Random, order: WorkOrder, add: Add): void {
  const part = random.pick(PARTS);
  add(order.createdAt, { kind: 'order_new', order });
  add(order.createdAt + 5 * MINUTE, { kind: 'take', order, part, amount: -random.pick(part.hundredths) });
  add(order.createdAt + 50 * MINUTE, { kind: 'order_delete', order });
}
