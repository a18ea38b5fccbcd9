import { createHash } from 'node:crypto';
import type { CloudEvent } from '../accept/events.ts';
import { BACKEND } from '../posting/events.ts';

/** A change of a work order that says what the seeded request says already: there is nothing to do. */
export function unchanged(order: number): CloudEvent {
  const at = '2026-09-02T06:00:00.000+00:00';
  const record = {
    id: order,
    title: `Conveyor ${order}: inspection`,
    customId: `WO${String(order).padStart(6, '0')}`,
    status: 'OPEN',
    priority: 'MEDIUM',
    createdAt: '2026-09-01T07:10:02.120334Z',
    archived: false,
    asset: null,
    location: null,
    team: null,
  };
  return {
    specversion: '1.0',
    id: createHash('sha256')
      .update(JSON.stringify(['WORK_ORDER_CHANGE', order, at]))
      .digest('hex'),
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
