import { Dispatcher } from '../../sidecar/delivery/dispatcher.ts';
import type { BatchAnswer, EventResult } from '../../sidecar/delivery/odoo-client.ts';
import type { HttpAnswer, HttpRequest } from '../../sidecar/http-client.ts';
import { silentLogger } from '../../sidecar/logger.ts';
import { createMetrics } from '../../sidecar/metrics.ts';
import { identify } from '../../sidecar/sources/identify.ts';
import { createSource } from '../../sidecar/sources/source.ts';
import { MemorySpool } from '../../sidecar/spool/memory-spool.ts';
import { FakeClock, turns } from './fake-clock.ts';
import { loadFixtureContract, movement } from './samples.ts';

export type Send = (ids: string[]) => BatchAnswer | Promise<BatchAnswer>;
export type Read = (request: HttpRequest) => { status: number; body?: unknown; retryAfter?: string };

export const contract = loadFixtureContract('atlas');

export function result(status: EventResult['status'], code: string = status): EventResult {
  return { status, code, remedy: 'do this' };
}

export const accepted: Send = (ids) => ({
  kind: 'results',
  results: new Map(ids.map((id) => [id, result('accepted')])),
});
export const unavailable = (retryAfterMs: number | null = null): BatchAnswer => ({
  kind: 'unavailable',
  code: 'http_503',
  message: 'away',
  retryAfterMs,
});

/** A dispatcher over a store in memory, with a clock, an Odoo and a product that do what the test says. */
export class DispatchBench {
  readonly clock = new FakeClock();
  readonly spool = new MemorySpool();
  readonly batches: string[][] = [];
  readonly reads: HttpRequest[] = [];
  readonly logged: { message: string; fields: Record<string, unknown> | undefined }[] = [];
  send: Send = accepted;
  read: Read = () => ({ status: 404 });
  readonly dispatcher: Dispatcher;
  private names = new Map<string, string>();

  constructor(rules = contract) {
    const call = (request: HttpRequest): Promise<HttpAnswer> => {
      this.reads.push(request);
      const { status, body = {}, retryAfter = null } = this.read(request);
      return Promise.resolve({ status, retryAfter, body: Buffer.from(JSON.stringify(body)) });
    };
    const now = () => this.clock.now();
    const read = { base_url: 'http://cmms', credential: 'k' };
    const handling = createSource({
      backend: 'plant',
      environment: 'test',
      contract: rules,
      secrets: [],
      read,
      call,
      now,
    });
    const odoo = {
      send: async (events: readonly Buffer[]) => {
        const ids = events.map((event) => (JSON.parse(event.toString()) as { id: string }).id);
        this.batches.push(ids.map((id) => this.names.get(id) ?? id));
        return this.send(ids);
      },
    };
    const metrics = createMetrics();
    const info = (message: string, fields?: Record<string, unknown>) => this.logged.push({ message, fields });
    const log = { ...silentLogger, info };
    this.dispatcher = new Dispatcher({
      backend: 'plant', spool: this.spool, handling, odoo, clock: this.clock, random: () => 1, log, metrics,
    }); // prettier-ignore
  }

  /** Stores a delivery under a short name; gives its event id. */
  async accept(name: string, event: string, raw: string): Promise<string> {
    const body = Buffer.from(raw);
    const identity = identify(contract, event, body);
    this.names.set(identity.event_id, name);
    await this.spool.accept({
      ...identity,
      backend: 'plant',
      origin: 'callback',
      received_at: this.clock.now(),
      body,
    });
    this.dispatcher.wake();
    return identity.event_id;
  }

  move(name: string, index: number, workOrder = 1): Promise<string> {
    const { event, raw } = movement(index, workOrder);
    return this.accept(name, event, raw);
  }

  thin(name: string, workOrder: number, index = 0): Promise<string> {
    const at = new Date(Date.parse('2026-09-03T09:00:00Z') + index).toISOString();
    return this.accept(
      name,
      'NEW_WORK_ORDER',
      `{"workOrderId":${workOrder},"newWorkOrder":null,"occurredAt":"${at}"}`,
    );
  }

  row(id: string) {
    const row = this.spool.find('plant', id);
    if (!row) throw new Error('no such delivery');
    return row;
  }

  /** Moves the clock to the next timer and lets everything run; gives how long it was. */
  async sleep(): Promise<number> {
    const wait = this.clock.next();
    if (wait === null) throw new Error('nothing waits');
    this.clock.advance(wait);
    await turns();
    return wait;
  }
}
