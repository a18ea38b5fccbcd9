import { createHash } from 'node:crypto';
import type { NewDelivery } from '../../sidecar/spool/types.ts';

export const NOW = Date.parse('2026-09-03T10:00:00Z');

/** A delivery as the callback route stores it; `name` makes its event id. */
export function delivery(name: string, more: Partial<NewDelivery> = {}): NewDelivery {
  return {
    backend: 'plant',
    event_id: createHash('sha256').update(name).digest('hex'),
    event: 'PART_QUANTITY_CHANGED',
    origin: 'callback',
    subject: 'work_order/1',
    lane: 'standard',
    time: NOW,
    bucket: NOW,
    received_at: NOW,
    held: null,
    body: Buffer.from(
      `{"name":"${name}","partId":88,"changedAmount":-2.0,"occurredAt":"2026-09-03T10:00:00Z"}`,
    ),
    ...more,
  };
}
