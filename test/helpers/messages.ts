import type { Message } from './odoo.ts';

/** Messages of the example connector, each a small true one; `minute` orders them. */
const LOCATION = { id: 8, name: 'Packing', customId: 'L000008' };

function at(minute: number): string {
  return new Date(Date.UTC(2026, 8, 3, 6, minute)).toISOString().replace('Z', '+00:00');
}

export function newAsset(
  id: number,
  name: string,
  minute: number,
  rest: Record<string, unknown> = {},
): Message {
  const record = {
    ...{ id, name, customId: `A${String(id).padStart(6, '0')}`, location: LOCATION, archived: false },
    ...{ serialNumber: null, model: null, category: { id: 2, name: 'Conveyors' }, status: 'OPERATIONAL' },
    ...rest,
  };
  const payload = { assetId: id, companyId: 7, newAsset: record, occurredAt: at(minute) };
  return { event: 'NEW_ASSET', subject: `equipment/${id}`, payload };
}

function workOrder(id: number, title: string, rest: Record<string, unknown>): Record<string, unknown> {
  return {
    ...{ id, title, customId: `WO${String(id).padStart(6, '0')}`, location: LOCATION, archived: false },
    ...{ priority: 'MEDIUM', estimatedDuration: 1, description: 'Check the tension', status: 'OPEN' },
    ...{ createdAt: at(0), dueDate: at(600), asset: null, team: null },
    ...rest,
  };
}

export function newWorkOrder(
  id: number,
  title: string,
  minute: number,
  rest: Record<string, unknown> = {},
): Message {
  const newRecord = workOrder(id, title, rest);
  const payload = { workOrderId: id, companyId: 7, newWorkOrder: newRecord, occurredAt: at(minute) };
  return { event: 'NEW_WORK_ORDER', subject: `work_order/${id}`, payload };
}

/** The order is complete and used these parts: one command for the order, one that checks what was posted. */
export function completeWorkOrder(
  id: number,
  title: string,
  minute: number,
  used: { part: number; quantity: number }[],
): Message {
  const record = workOrder(id, title, { status: 'COMPLETE', completedOn: at(minute) });
  const payload = {
    ...{ workOrderId: id, workOrderTitle: title, companyId: 7, changedWorkOrder: record },
    ...{ newStatus: 'COMPLETE', previousStatus: 'OPEN', occurredAt: at(minute) },
  };
  const parts = used.map(({ part, quantity }, index) => ({ id: index + 1, quantity, part: { id: part } }));
  return {
    ...{ event: 'WORK_ORDER_STATUS_CHANGE', subject: `work_order/${id}`, payload },
    fetched: { parts },
  };
}

/** A part was taken for a work order. */
export function takePart(
  part: { id: number; name: string },
  order: number,
  quantity: number,
  minute: number,
): Message {
  const payload = {
    ...{ partId: part.id, partName: part.name, workOrderId: order, companyId: 7 },
    ...{ previousQuantity: 40, newQuantity: 40 - quantity, changedAmount: -quantity, occurredAt: at(minute) },
  };
  return { event: 'PART_QUANTITY_CHANGED', subject: `work_order/${order}`, payload };
}
