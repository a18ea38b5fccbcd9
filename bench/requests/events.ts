import { createHash } from 'node:crypto';
import type { CloudEvent } from '../accept/events.ts';
import { BACKEND } from '../posting/events.ts';

/** One change of a work order there, and what its request has to say here afterwards. */
export interface Change {
  order: number;
  title: string;
  description: string;
  at: string;
}

/** Each order changes once: of several changes that wait the runner would carry out the last alone. */
export function changes(orders: readonly number[]): Change[] {
  return orders.map((order, index) => ({
    order,
    title: `Conveyor ${order}: inspection, second shift`,
    description: `Check belt tension ${index}`,
    at: new Date(Date.UTC(2026, 8, 3, 6) + index * 1_310).toISOString(),
  }));
}

/** As the sidecar sends it. */
export function cloudEvent({ order, title, description, at }: Change): CloudEvent {
  return changeEvent({ id: order, title, description, status: 'IN_PROGRESS', priority: 'HIGH' }, at);
}

/** The event of a work order that has these values there now. */
export function changeEvent(
  values: Readonly<Record<string, unknown>> & { id: number },
  at: string,
): CloudEvent {
  const order = values.id;
  const record = {
    createdAt: '2026-09-01T07:10:02.120334Z',
    archived: false,
    asset: null,
    location: null,
    team: null,
    ...values,
  };
  const identity = JSON.stringify(['WORK_ORDER_CHANGE', order, at]);
  return {
    specversion: '1.0',
    id: createHash('sha256').update(identity).digest('hex'),
    source: `/millwright/${BACKEND}`,
    type: 'atlas.WORK_ORDER_CHANGE',
    time: at,
    subject: `work_order/${order}`,
    lane: 'standard',
    data: {
      event: 'WORK_ORDER_CHANGE',
      payload: { companyId: 7, changedWorkOrder: record, workOrderId: order, occurredAt: at },
      fetched: {},
      received_at: at,
    },
  };
}
