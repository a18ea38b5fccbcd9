import type { Part } from './catalogue.ts';
import { double, eventDate, recordInstant } from './java-json.ts';
import type { Happening } from './plan.ts';
import { assetRecord, workOrderRecord, type WorkOrder } from './records.ts';

/** A state that the product's REST interface shows from some time after the event was sent. */
export interface Read {
  path: string;
  body: unknown;
  version: string;
}

/** What the product makes of one happening. */
export interface Emission {
  event: string;
  /** The key that holds the record in a fat callback and null in a thin one. */
  recordKey: string;
  record: Record<string, unknown> | null;
  /** The rest of the body. */
  root: Record<string, unknown>;
  reads: Read[];
}

const COMPANY = 7;

/** Follows the plant through the shift: every happening changes the state and yields what the product sends. */
export class Product {
  readonly #assetStatus = new Map<number, { status: string; createdAt: number }>();
  readonly #stock = new Map<number, number>();
  readonly #used = new Map<number, Map<Part, number>>();

  emit(happening: Happening): Emission {
    const occurredAt = eventDate(happening.at);
    const version = occurredAt;
    switch (happening.kind) {
      case 'asset_new':
      case 'asset_status':
        return this.#asset(happening, occurredAt, version);
      case 'order_new':
      case 'order_change':
      case 'order_status':
        return this.#order(happening, occurredAt, version);
      case 'order_delete': {
        const root = {
          workOrderTitle: happening.order.title,
          companyId: COMPANY,
          workOrderId: happening.order.id,
          occurredAt,
        };
        const reads = [{ path: `/work-orders/${happening.order.id}`, body: null, version }];
        return { event: 'WORK_ORDER_DELETE', recordKey: 'deleteWorkOrder', record: null, root, reads };
      }
      case 'meter_trigger':
        return {
          event: 'METER_TRIGGER_STATUS_CHANGE',
          recordKey: 'triggeredWorkOrder',
          record: null,
          root: {
            meterTriggerName: 'Speed low',
            companyId: COMPANY,
            readingValue: double(0.62),
            meterId: happening.meter,
            occurredAt,
          },
          reads: [],
        };
      default:
        return this.#quantity(happening, occurredAt, version);
    }
  }

  #asset(
    h: Happening & { kind: 'asset_new' | 'asset_status' },
    occurredAt: string,
    version: string,
  ): Emission {
    const known = this.#assetStatus.get(h.asset.id);
    const createdAt = known?.createdAt ?? h.at;
    const status = h.kind === 'asset_new' ? 'OPERATIONAL' : h.status;
    this.#assetStatus.set(h.asset.id, { status, createdAt });
    const record = assetRecord(h.asset, status, createdAt, h.at);
    const reads = [{ path: `/assets/${h.asset.id}`, body: record, version }];
    const root: Record<string, unknown> = { assetId: h.asset.id, companyId: COMPANY, occurredAt };
    if (h.kind === 'asset_new') return { event: 'NEW_ASSET', recordKey: 'newAsset', record, root, reads };
    Object.assign(root, {
      newStatus: status,
      previousStatus: known?.status ?? 'OPERATIONAL',
      assetName: h.asset.name,
    });
    return { event: 'ASSET_STATUS_CHANGE', recordKey: 'changedAsset', record, root, reads };
  }

  #order(
    h: Happening & { kind: 'order_new' | 'order_change' | 'order_status' },
    occurredAt: string,
    version: string,
  ): Emission {
    const { order } = h;
    const previousStatus = order.status;
    if (h.kind === 'order_change') Object.assign(order, { priority: h.priority, title: h.title });
    if (h.kind === 'order_status')
      Object.assign(order, { status: h.status, completedAt: h.status === 'COMPLETE' ? h.at : null });
    const record = workOrderRecord(order, h.at);
    const reads: Read[] = [
      { path: `/work-orders/${order.id}`, body: record, version },
      { path: `/part-quantities/work-order/${order.id}`, body: this.#partList(order, h.at), version },
    ];
    const root = { companyId: COMPANY, workOrderId: order.id, occurredAt };
    if (h.kind === 'order_new')
      return { event: 'NEW_WORK_ORDER', recordKey: 'newWorkOrder', record, root, reads };
    const changed = { workOrderTitle: order.title, ...root };
    if (h.kind === 'order_change') {
      return { event: 'WORK_ORDER_CHANGE', recordKey: 'changedWorkOrder', record, root: changed, reads };
    }
    const status = { newStatus: h.status, previousStatus, ...changed };
    return { event: 'WORK_ORDER_STATUS_CHANGE', recordKey: 'changedWorkOrder', record, root: status, reads };
  }

  #quantity(
    h: Happening & { kind: 'take' | 'manual_edit' | 'receipt' },
    occurredAt: string,
    version: string,
  ): Emission {
    const previous = this.#stock.get(h.part.id) ?? Math.round(h.part.opening * 100);
    const next = previous + h.amount;
    this.#stock.set(h.part.id, next);
    const root: Record<string, unknown> = {
      previousQuantity: double(previous / 100),
      partName: h.part.name,
      newQuantity: double(next / 100),
      changedAmount: double(h.amount / 100),
      companyId: COMPANY,
      partId: h.part.id,
    };
    const reads: Read[] = [];
    if (h.kind === 'receipt')
      Object.assign(root, { purchaseOrderId: 300 + (h.part.id % 50), partQuantityId: 1 });
    if (h.kind === 'take') {
      const used = this.#used.get(h.order.id) ?? new Map<Part, number>();
      this.#used.set(h.order.id, used.set(h.part, (used.get(h.part) ?? 0) - h.amount));
      Object.assign(root, { workOrderTitle: h.order.title, workOrderId: h.order.id });
      reads.push({
        path: `/part-quantities/work-order/${h.order.id}`,
        body: this.#partList(h.order, h.at),
        version,
      });
    }
    root['occurredAt'] = occurredAt;
    const record = {
      id: h.part.id,
      name: h.part.name,
      quantity: double(next / 100),
      unit: 'pcs',
      nonStock: false,
    };
    return { event: 'PART_QUANTITY_CHANGED', recordKey: 'changedPart', record, root, reads };
  }

  #partList(order: WorkOrder, at: number): unknown[] {
    const used = [...(this.#used.get(order.id) ?? [])].filter(([, amount]) => amount !== 0);
    return used.map(([part, amount], index) => ({
      id: order.id * 10 + index,
      createdBy: 31,
      updatedBy: null,
      createdAt: recordInstant(order.createdAt),
      updatedAt: recordInstant(at),
      quantity: double(amount / 100),
      part: {
        id: part.id,
        name: part.name,
        description: null,
        cost: double(part.cost),
        unit: 'pcs',
        nonStock: false,
      },
    }));
  }
}
