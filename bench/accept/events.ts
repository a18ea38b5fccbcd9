import { BACKEND, consumptions, type Consumption } from '../posting/events.ts';

export type CloudEvent = Readonly<Record<string, unknown>>;

export const BATCH = 1_000;

/** Batches of events as the sidecar sends them, all different. */
export function batchesOf(count: number): CloudEvent[][] {
  const events = consumptions(count * BATCH).map(cloudEvent);
  return Array.from({ length: count }, (_unused, index) => events.slice(index * BATCH, (index + 1) * BATCH));
}

/** As the sidecar sends it. */
export function cloudEvent({ id, work_order, part, quantity, occurred_at }: Consumption): CloudEvent {
  const payload = {
    workOrderTitle: `Conveyor ${work_order}: inspection`,
    partName: `Part ${part}`,
    previousQuantity: 1_000,
    newQuantity: 1_000 - quantity,
    changedAmount: -quantity,
    companyId: 7,
    changedPart: null,
    partId: part,
    workOrderId: work_order,
    occurredAt: occurred_at,
  };
  return {
    specversion: '1.0',
    id,
    source: `/millwright/${BACKEND}`,
    type: 'atlas.PART_QUANTITY_CHANGED',
    time: occurred_at,
    subject: `work_order/${work_order}`,
    datacontenttype: 'application/json',
    lane: 'standard',
    data: { event: 'PART_QUANTITY_CHANGED', payload, fetched: {}, received_at: occurred_at },
  };
}
