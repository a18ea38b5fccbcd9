import request from 'supertest';
import { fileOf } from '../generator/helpers/specs.ts';
import { createApp } from '../../sidecar/app.ts';
import { checkContract } from '../../sidecar/contract.ts';
import type { HttpAnswer, HttpRequest } from '../../sidecar/http-client.ts';
import { silentLogger } from '../../sidecar/logger.ts';
import { createMetrics } from '../../sidecar/metrics.ts';
import { ScheduledReads } from '../../sidecar/pull/scheduled-reads.ts';
import { createSource, type SourceOptions } from '../../sidecar/sources/source.ts';
import { MemorySpool } from '../../sidecar/spool/memory-spool.ts';
import type { Spool } from '../../sidecar/spool/types.ts';
import { FakeClock } from './fake-clock.ts';

/** What of a delivery's event a test does not care about. */
const PLAIN =
  '{ subject: "order/{event.id}", time: event.at, identity: [event.id, event.at], required: { event.id: text } }';

/** The contract that the generator makes of this `source:`; every event feeds one flow. */
export function contractOf(source: string, events: Record<string, string> = {}, reads = '') {
  const list = Object.entries(events).map(
    ([name, event]) => `    ${name}: ${event === '' ? PLAIN : event}\n`,
  );
  const readNames = [...reads.matchAll(/^ {4}([A-Z_]+):/gm)].map((match) => match[1] ?? '');
  const on = [...Object.keys(events), ...readNames].join(', ');
  const text = `millwright: 1
connector: { code: probe, title: Probe, version: 1.0.0, odoo: '19.0' }
source:
${source.replace(/^\n|\n$/g, '')}
  events:
${list.join('')}${reads === '' ? '' : `  reads:\n${reads}`}
flows:
  order:
    title: Orders
    kind: work_order
    lane: standard
    delay_budget: 5m
    plant: [{ only: true }]
    inputs:
      told: { role: apply, on: [${on}], record: event, key: event.id, version: event.at, occurred_at: event.at }
    fields:
      name: { from: record.title }
      status: { from: record.state, map: { new: open }, else: hold }
`;
  return checkContract(JSON.parse(fileOf(text, 'contract.json')), 'probe');
}

type Reply = Partial<HttpAnswer> & { text?: string };

/** A sidecar without a process in front of a store in memory, with one backend `plant`. */
export function openDoor(
  contract: ReturnType<typeof contractOf>,
  options: Partial<SourceOptions> = {},
  reply: (request: HttpRequest, index: number) => Reply = () => ({}),
  spool: Spool = new MemorySpool(),
) {
  const clock = new FakeClock();
  const metrics = createMetrics();
  const sent: HttpRequest[] = [];
  const call = (out: HttpRequest): Promise<HttpAnswer> => {
    sent.push(out);
    const { text = '{}', ...answer } = reply(out, sent.length - 1);
    return Promise.resolve({ status: 200, retryAfter: null, body: Buffer.from(text), ...answer });
  };
  const source = createSource({
    backend: 'plant',
    environment: 'test',
    contract,
    secrets: ['s3cret'],
    read: null,
    call,
    now: () => clock.now(),
    ...options,
  });
  const sources = new Map([['plant', source]]);
  const status = () => ({ state: 'idle' as const, reason: null, since: null });
  const shared = { sources, spool, clock, log: silentLogger, metrics, wake: () => {} };
  const app = createApp({ ...shared, draining: () => false, backends: ['plant'], status });
  const send = (
    body: string,
    headers: Record<string, string> = {},
    path = '',
    method: 'post' | 'put' | 'options' = 'post',
  ) => {
    const call = request(app)
      [method](`/callbacks/plant${path}`)
      .set('content-type', 'application/json')
      .set(headers);
    return method === 'options' ? call : call.send(body);
  };
  const rows = () => spool.list({ limit: 100 }).reverse();
  return { send, rows, clock, source, spool, sent, reads: new ScheduledReads(shared) };
}

/** A body as the flow of `contractOf` takes it. */
export function order(id: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ id, at: '2026-09-03T10:00:00Z', ...more });
}
