import { createHash } from 'node:crypto';

/** One taking of a part for a work order, as all contestants get it. */
export interface Consumption {
  /** The event's identity, from which the operation id comes. */
  id: string;
  work_order: number;
  part: number;
  quantity: number;
  occurred_at: string;
}

export const BACKEND = 'bench-atlas';
export const PARTS = range(20).map((index) => 100 + index);
export const WORK_ORDERS = range(40).map((index) => 5_000 + index);
/** On the shelf of each part before anything is taken: more than any run takes. */
export const OPENING = 100_000;

const FIRST = Date.UTC(2026, 8, 3, 6);

type Spread = (index: number) => Pick<Consumption, 'part' | 'work_order'> & { at: number };

/** Which part is taken for which work order, and when (milliseconds after the first). */
const SHAPES = {
  /** An ordinary week: every part for every work order. */
  spread: (index) => ({
    part: pick(PARTS, index * 7),
    work_order: pick(WORK_ORDERS, index * 13 + Math.floor(index / 40)),
    at: index * 1_310,
  }),
  /** All teams book at the end of a shutdown: order after order with a list of ten parts, all within a quarter of an hour. */
  shutdown_burst: (index) => ({
    part: pick(PARTS, Math.floor(index / 10) * 3 + (index % 10)),
    work_order: pick(WORK_ORDERS, Math.floor(index / 10)),
    at: (index % 900) * 1_000 + Math.floor(index / 900),
  }),
  /** The same service on machine after machine: every work order takes the same kit of four parts. */
  campaign: (index) => ({
    part: pick(PARTS, index % 4),
    work_order: pick(WORK_ORDERS, Math.floor(index / 4)),
    at: index * 20_000,
  }),
  /** What was forgotten is booked on three collective orders: few orders, few parts, many movements of each pair. */
  month_end: (index) => ({
    part: pick(PARTS, index % 5),
    work_order: pick(WORK_ORDERS, index % 3),
    at: index * 400,
  }),
} satisfies Record<string, Spread>;

export type Shape = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as Shape[];

/** The same events on every run. */
export function consumptions(count: number, shape: Shape = 'spread'): Consumption[] {
  return range(count).map((index) => {
    const { part, work_order, at } = SHAPES[shape](index);
    const quantity = 1 + (index % 3);
    const occurred_at = new Date(FIRST + at).toISOString().replace('Z', '+00:00');
    const identity = ['PART_QUANTITY_CHANGED', part, work_order, occurred_at, quantity];
    const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
    return { id, work_order, part, quantity, occurred_at };
  });
}

/** What was taken of each part in all. */
export function takenPerPart(events: readonly Consumption[]): Map<number, number> {
  const taken = new Map<number, number>();
  for (const { part, quantity } of events) taken.set(part, (taken.get(part) ?? 0) + quantity);
  return taken;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_unused, index) => index);
}

function pick(values: readonly number[], index: number): number {
  return values[index % values.length] ?? NaN;
}
