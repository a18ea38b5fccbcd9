import { Product, type Emission, type Read } from './bodies.ts';
import { LATE_ASSET } from './catalogue.ts';
import { planShift, type Happening, type PlanOptions } from './plan.ts';
import { Random } from './random.ts';
import type { WorkOrderStatus } from './records.ts';

export interface ShiftOptions extends Partial<PlanOptions> {
  seed: number;
}

/** One callback, not yet signed. */
export interface Delivery {
  event: string;
  rawBody: string;
  deliveryId: string;
  /** What the REST interface shows, from `visibleInMs` after the sending on. */
  reads: Read[];
  visibleInMs: number;
}

/** One consumption or return, told once however often it is sent. Quantities are hundredths; positive is taken from stock. */
export interface TrueOperation {
  part: number;
  workOrder: number;
  hundredths: number;
  occurredAt: string;
  outcome: 'posted' | 'held';
}

/** What must have come of the shift when everything is through. */
export interface Truth {
  operations: TrueOperation[];
  workOrders: Map<number, { status: WorkOrderStatus; deleted: boolean }>;
  assets: Set<number>;
  /** Distinct events that no flow has a use for. */
  unknownEvents: number;
  /** Distinct quantity events without a work order. */
  ignoredMovements: number;
  /** Deliveries that repeat an event under another delivery id. */
  duplicates: number;
}

export interface Shift {
  deliveries: Delivery[];
  /** The asset that comes late: sent on its own, when the rest is through. */
  late: Delivery[];
  truth: Truth;
}

const DEFAULTS: PlanOptions = {
  workOrders: 52,
  firstWorkOrder: 6000,
  start: Date.UTC(2026, 8, 8, 6),
  withLateAsset: true,
  withUnboundPart: true,
};

interface Placed {
  place: number;
  happening: Happening;
  delivery: Delivery;
}

/** A deterministic shift: the same seed and options give the same bytes. */
export function generateShift(options: ShiftOptions): Shift {
  const random = new Random(options.seed);
  const happenings = planShift(random, { ...DEFAULTS, ...options });
  const product = new Product();
  const deleted = new Set(happenings.flatMap((h) => (h.kind === 'order_delete' ? [h.order.id] : [])));
  const truth = emptyTruth();
  const placed: Placed[] = [];
  const late: Delivery[] = [];
  happenings.forEach((happening, index) => {
    const emission = product.emit(happening);
    tell(truth, happening, emission);
    const thinAllowed =
      !('order' in happening && deleted.has(happening.order.id)) && isLastWord(happening, happenings);
    const copies = copiesOf(random, emission, thinAllowed);
    truth.duplicates += copies.length - 1;
    if ('asset' in happening && happening.asset === LATE_ASSET) late.push(...copies);
    else
      copies.forEach((delivery, copy) =>
        placed.push({ place: index + random.integer(0, 6 + 6 * copy), happening, delivery }),
      );
  });
  disturb(placed);
  placed.sort((a, b) => a.place - b.place);
  return { deliveries: placed.map((item) => item.delivery), late, truth };
}

/** Of the words about a status only the last one of a shift comes without the record; a shift behind may overtake it. */
function isLastWord(happening: Happening, all: Happening[]): boolean {
  if (happening.kind === 'order_status') return happening.status === 'COMPLETE';
  if (happening.kind !== 'asset_status') return true;
  const isLater = (h: Happening): boolean =>
    h.kind === 'asset_status' && h.asset === happening.asset && h.at > happening.at;
  return !all.some(isLater);
}

/**
 * One or two subscriptions: a fat one, a thin one, or both, each with its own delivery id. Whichever goes out first, the product has
 * the record by then: a load may end between the two.
 */
function copiesOf(random: Random, emission: Emission, thinAllowed: boolean): Delivery[] {
  const thin = thinAllowed && random.chance(0.4);
  const twice = random.chance(0.25);
  const kinds = twice ? [thin, thinAllowed ? !thin : thin] : [thin];
  return kinds.map((isThin) => ({
    event: emission.event,
    rawBody: JSON.stringify({ ...emission.root, [emission.recordKey]: isThin ? null : emission.record }),
    deliveryId: random.uuid(),
    reads: emission.reads,
    visibleInMs: isThin ? random.integer(0, 400) : random.integer(0, 60),
  }));
}

/** The disorder that must happen in every shift, beside the chance of the shuffle. */
function disturb(placed: Placed[]): void {
  const byOrder = new Map<number, Placed[]>();
  for (const item of placed) {
    if (!('order' in item.happening)) continue;
    const { id } = item.happening.order;
    byOrder.set(id, [...(byOrder.get(id) ?? []), item]);
  }
  for (const [id, items] of byOrder) {
    const of = (kind: Happening['kind']): Placed[] => items.filter((item) => item.happening.kind === kind);
    const completed = items.filter(
      (item) => item.happening.kind === 'order_status' && item.happening.status === 'COMPLETE',
    );
    const lastTaking = of('take').at(-1);
    if (id % 7 === 0 && lastTaking) for (const item of completed) item.place = lastTaking.place - 0.5;
    const changes = of('order_change');
    const [older, newer] = [changes[0], changes.at(-1)];
    if (id % 3 === 0 && older && newer && older.happening !== newer.happening)
      older.place = newer.place + 0.5;
    const last = Math.max(...items.map((item) => item.place));
    for (const item of of('order_delete')) item.place = last + 1;
  }
}

function emptyTruth(): Truth {
  return {
    operations: [],
    workOrders: new Map(),
    assets: new Set(),
    unknownEvents: 0,
    ignoredMovements: 0,
    duplicates: 0,
  };
}

function tell(truth: Truth, happening: Happening, emission: Emission): void {
  if ('asset' in happening) truth.assets.add(happening.asset.id);
  if (happening.kind === 'meter_trigger') truth.unknownEvents += 1;
  if (happening.kind === 'manual_edit' || happening.kind === 'receipt') truth.ignoredMovements += 1;
  if (!('order' in happening)) return;
  const { order } = happening;
  truth.workOrders.set(order.id, { status: order.status, deleted: happening.kind === 'order_delete' });
  if (happening.kind !== 'take') return;
  truth.operations.push({
    part: happening.part.id,
    workOrder: order.id,
    hundredths: -happening.amount,
    occurredAt: String(emission.root['occurredAt']),
    outcome: happening.part.bound ? 'posted' : 'held',
  });
}
