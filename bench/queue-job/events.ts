import type { CloudEvent } from '../accept/events.ts';
import { changeEvent } from '../requests/events.ts';

/** A change of a work order that says what the seeded request says already: there is nothing to do. */
export function unchanged(order: number): CloudEvent {
  const values = {
    id: order,
    title: `Conveyor ${order}: inspection`,
    customId: `WO${String(order).padStart(6, '0')}`,
    status: 'OPEN',
    priority: 'MEDIUM',
  };
  return changeEvent(values, '2026-09-02T06:00:00.000+00:00');
}
