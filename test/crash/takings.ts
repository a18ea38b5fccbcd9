import { randomUUID } from 'node:crypto';
import { Product, type Emission } from '../../scripts/shift/bodies.ts';
import type { Delivery, Part } from '../../scripts/shift/index.ts';
import type { WorkOrder } from '../../scripts/shift/records.ts';

const START = Date.UTC(2026, 10, 2, 6);

/** What a test sends one by one: orders, and takings of one piece of a part for them. */
export class Takings {
  readonly #product = new Product();
  readonly #orders = new Map<number, WorkOrder>();
  #at = START;

  order(id: number): Delivery {
    const order: WorkOrder = {
      id,
      title: `Order ${id}`,
      asset: null,
      priority: 'LOW',
      preventive: false,
      description: null,
      hours: 1,
      createdAt: this.#next(),
      dueAt: START + 86_400_000,
      status: 'OPEN',
      completedAt: null,
    };
    this.#orders.set(id, order);
    return fat(this.#product.emit({ kind: 'order_new', order, at: order.createdAt }));
  }

  take(id: number, part: Part): Delivery {
    const order = this.#orders.get(id);
    if (order === undefined) throw new Error(`order ${id} was not sent`);
    return fat(this.#product.emit({ kind: 'take', order, part, amount: -100, at: this.#next() }));
  }

  #next(): number {
    return (this.#at += 1000);
  }
}

function fat(emission: Emission): Delivery {
  const body = { ...emission.root, [emission.recordKey]: emission.record };
  return {
    event: emission.event,
    rawBody: JSON.stringify(body),
    deliveryId: randomUUID(),
    reads: emission.reads,
    visibleInMs: 0,
  };
}
