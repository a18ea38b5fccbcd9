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

/** The same events on every run, spread over all parts and work orders. */
export function consumptions(count: number): Consumption[] {
  return range(count).map((index) => {
    const part = pick(PARTS, index * 7);
    const work_order = pick(WORK_ORDERS, index * 13 + Math.floor(index / 40));
    const quantity = 1 + (index % 3);
    const occurred_at = new Date(FIRST + index * 1_310).toISOString().replace('Z', '+00:00');
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
