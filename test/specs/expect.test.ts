/**
 * The sample deliveries of Atlas and MaintainX through the sidecar's interpreter (proof, name, identity, reads) and the runtime's
 * (commands). Expected values stand in `expect` of each file alone, in neutral words; a key that nothing here compares fails.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { checkContract, type Contract } from '../../sidecar/contract.ts';
import type { HttpAnswer, HttpRequest } from '../../sidecar/http-client.ts';
import { callbackRequest } from '../../sidecar/sources/request.ts';
import { createSource } from '../../sidecar/sources/source.ts';
import { loadSample, loadSamples, type Sample } from '../helpers/samples.ts';
import { planAll, type Command } from './plan.ts';

type Expected = Record<string, unknown>;
type Recorded = Sample & { method: string; path: string; received_at: string; expect: Expected };
interface Product {
  readonly addon: string;
  /** Where the backend's callbacks begin; what follows is the subscription's own. */
  readonly mount: string;
}

const PRODUCTS: Readonly<Record<string, Product>> = {
  'atlas-cmms': { addon: 'atlas', mount: '/cmms/atlas' },
  maintainx: { addon: 'maintainx', mount: '/cmms/maintainx' },
};
const HOST = 'https://cmms.test';

/** What a neutral kind is called in commands; a record says in `type` what it is. */
const KINDS: Readonly<Record<string, readonly [kind: string, type?: string]>> = {
  asset: ['equipment'],
  work_order: ['work_order'],
  downtime: ['downtime'],
  meter_reading: ['meter_reading'],
  meter_signal: ['meter_reading'],
  part: ['product'],
  work_request: ['record', 'work_request'],
  purchase: ['record', 'purchase_order'],
  stock_adjustment: ['stock_level'],
};
const STATUSES: Readonly<Record<string, string>> = {
  OPEN: 'open',
  IN_PROGRESS: 'in_progress',
  ON_HOLD: 'on_hold',
  COMPLETE: 'done',
  DONE: 'done',
  'DONE+CANCELED': 'cancelled',
};

const contracts = new Map<string, Contract>();
function contractOf({ addon }: Product): Contract {
  const known = contracts.get(addon);
  if (known !== undefined) return known;
  const text = readFileSync(`odoo_addon/millwright_${addon}/contract.json`, 'utf8');
  const contract = checkContract(JSON.parse(text), addon);
  contracts.set(addon, contract);
  return contract;
}

/** The product's own answers; a read that the sample does not know fails the test. */
function play(sample: Recorded) {
  return (sent: HttpRequest): Promise<HttpAnswer> => {
    const path = sent.url.slice(HOST.length);
    const found = (sample.fetch ?? []).find((known) => known.method === sent.method && known.path === path);
    if (found === undefined) throw new Error(`the sample has no answer to ${sent.method} ${path}`);
    return Promise.resolve({
      status: found.status,
      retryAfter: null,
      body: Buffer.from(JSON.stringify(found.body)),
    });
  };
}

/** The sidecar's view of a delivery; `now` is the clock at its arrival. */
function receive(
  product: Product,
  sample: Recorded,
  now = Date.parse(sample.received_at),
  schemes?: number[],
) {
  const contract = contractOf(product);
  const verify = contract.source.verify.filter((_scheme, index) => schemes?.includes(index) ?? true);
  const source = createSource({
    backend: 'plant',
    environment: 'production',
    contract: { ...contract, source: { ...contract.source, verify } },
    secrets: [sample.secret],
    read: { base_url: HOST, credential: 'key' },
    publicUrl: `https://erp.example.org${product.mount}`,
    call: play(sample),
    now: () => now,
  });
  const headers = Object.fromEntries(Object.entries(sample.headers).map(([k, v]) => [k.toLowerCase(), v]));
  const facts = { method: sample.method, headers, address: '192.0.2.7' };
  const request = callbackRequest(facts, sample.path.slice(product.mount.length), '', source.publicUrl);
  const raw = Buffer.from(sample.raw_body);
  return { source, request, raw, verified: source.takes(sample.method) ? source.verify(request, raw) : null };
}

function eventOf(product: Product, sample: Recorded) {
  const { source, request, verified } = receive(product, sample);
  if (verified === null) throw new Error('refused');
  const events = source.open(request, verified) ?? [];
  expect(events).to.have.length(1);
  const [opened] = events;
  if (opened === undefined) throw new Error('no event');
  return { source, ...opened };
}

/** What Odoo would be told, and what it would do. */
async function commandsOf(product: Product, sample: Recorded): Promise<readonly Command[]> {
  const { source, identity, body, context } = eventOf(product, sample);
  expect(identity).to.include({ event: sample.event, held: null });
  const made = source.prepare(sample.event, body, context);
  if (made.kind === 'held') throw new Error(`${made.reason}: ${made.message}`);
  const fetched = made.kind === 'fetch' ? (await made.run(() => [])).text : '{}';
  const { contract } = source;
  const message = {
    contract,
    event: sample.event,
    payload: sample.raw_body,
    fetched,
    event_id: identity.event_id,
  };
  const [plan] = planAll([message]);
  expect(plan?.commands.filter(({ hold }) => hold !== null)).to.deep.equal([]);
  return plan?.commands ?? [];
}

const refOf = (value: unknown) => (value as { value?: unknown } | null | undefined)?.value;
const numberOf = (value: unknown) => (value === undefined ? undefined : Number(value));
const whenOf = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : undefined);
const fieldsOf = (command: Command) => command.fields ?? {};

/** The command of which the other keys speak. */
function mainOf(wanted: Expected, commands: readonly Command[]): Command {
  const word = String(wanted['kind']);
  // what is taken for an order is its consumption, any other movement is a level of stock
  const movement = wanted['work_order_external_id'] === undefined ? 'stock_level' : 'parts_consumption';
  const [kind, type] = word === 'stock_move' ? [movement] : (KINDS[word] ?? ['unknown']);
  const found = commands.find(
    (one) =>
      one.kind === kind &&
      (type === undefined ||
        one.columns['type'] === type ||
        fieldsOf(one)['type'] === type ||
        one.operation === 'delete'),
  );
  if (found === undefined) throw new Error(`no ${word} in ${JSON.stringify(commands)}`);
  return found;
}

type Row = Record<string, unknown>;

/** What is compared for each key: what came out, and what was wanted in the same words. */
function compare(key: string, value: unknown, main: Command, all: readonly Command[]): [unknown, unknown] {
  const fields = fieldsOf(main);
  const word = String(value);
  const isOrder = main.kind === 'work_order';
  switch (key) {
    case 'external_id':
      return [main.key, value];
    case 'tenant':
      return [main.columns['organization'], value];
    case 'name':
      return [fields['name'], value];
    case 'action':
      return [main.operation, value];
    case 'parent_external_id':
      return [main.columns['parent_external_id'], value];
    case 'status_to':
      return [fields['status'], isOrder ? (STATUSES[word] ?? 'unknown') : value];
    case 'status_from':
      return [main.columns['previous_status'], value];
    case 'priority':
      return [fields['priority'], word.toLowerCase()];
    case 'order_type':
      return [fields['type'], value];
    case 'asset_external_id':
      return [refOf(fields['equipment']), value];
    case 'work_order_external_id':
      return [refOf(fields['work_order']) ?? main.columns['work_order_external_id'], value];
    case 'part_external_id':
      return [refOf(fields['part']), value];
    case 'meter_external_id':
      return [refOf(fields['meter']), value];
    case 'value':
      return [numberOf(fields['value']), value];
    case 'phase':
      return [
        { state: fields['state'], end: fields['ended_at'] ?? null },
        { state: word === 'start' ? 'down' : 'up', end: null },
      ];
    case 'start':
      return [whenOf(fields['started_at']), whenOf(value)];
    case 'end':
      return [whenOf(fields['ended_at']), whenOf(value)];
    case 'seconds':
      return [Number(fields['hours']) * 3_600, value];
    case 'planned':
      return [fields['planned'], value === true ? 'planned' : 'unplanned'];
    case 'unit_cost':
      return [numberOf(fields['price']), value];
    case 'direction':
      return [Number(fields['quantity']) > 0 ? 'out' : 'in', value];
    case 'qty':
      if (main.kind === 'stock_level') return [numberOf(main.columns['change']), value];
      return [Math.abs(Number(fields['quantity'])), value];
    default:
      return [rows(key, value as Row[], all), value];
  }
}

/** Lists: of every row what the wanted row of the same place names. */
function rows(key: string, wanted: readonly Row[], all: readonly Command[]): Row[] {
  const read = LISTS[key];
  if (read === undefined) throw new Error(`no assertion for expect.${key}`);
  return read(all).map((row, index) => {
    const names = Object.keys(wanted[index] ?? row);
    for (const name of names) if (!(name in row)) throw new Error(`no assertion for expect.${key}[].${name}`);
    return Object.fromEntries(names.map((name) => [name, row[name]]));
  });
}

const LISTS: Readonly<Record<string, (all: readonly Command[]) => Row[]>> = {
  lines: (all) =>
    all
      .filter(({ kind }) => kind === 'stock_level' || kind === 'purchase_request')
      .map((one) => ({
        part_external_id: refOf(fieldsOf(one)['part']),
        location: refOf(fieldsOf(one)['location']),
        qty: numberOf(one.columns['change']),
        ordered: numberOf(fieldsOf(one)['ordered']),
        unit_price: numberOf(fieldsOf(one)['price']),
      })),
  parts: (all) =>
    all
      .filter(({ kind }) => kind === 'parts_consumption')
      .flatMap((one) => (fieldsOf(one)['lines'] ?? []) as Row[])
      .map((line) => ({
        external_id: refOf(line['part']),
        qty: numberOf(line['quantity']),
        unit_cost: numberOf(line['price']),
      })),
  labor: (all) =>
    all
      .filter(({ kind }) => kind === 'service')
      .map((one) => ({
        worker: fieldsOf(one)['technician'],
        hours: numberOf(fieldsOf(one)['hours']),
        cost: numberOf(fieldsOf(one)['amount']),
      })),
};

/** Why a delivery is refused: what would have to be otherwise for it to be taken. */
const REASONS: Readonly<Record<string, (product: Product, sample: Recorded) => void>> = {
  'timestamp older than 5 minutes': (product, sample) => {
    const stamp = /t=(\d+)/.exec(Object.values(sample.headers).join(' '))?.[1];
    expect(receive(product, sample, Number(stamp) * 1_000).verified).not.to.equal(null);
  },
  // the other signature, over the address, holds
  'body changed after signing': (product, sample) => {
    expect(receive(product, sample, undefined, [1]).verified).not.to.equal(null);
    expect(receive(product, sample, undefined, [0]).verified).to.equal(null);
  },
  'signed with another secret': (_product, sample) => {
    expect(sample.headers['X-Webhook-Signature']).to.match(/^[0-9a-f]{64}$/);
  },
};

async function judge(name: string, product: Product, sample: Recorded): Promise<void> {
  const { verify, kind, reason, of, ...wanted } = sample.expect;
  const { verified } = receive(product, sample);
  expect(verified === null ? 'reject' : 'accept').to.equal(verify);
  if (verify === 'reject') {
    const check = REASONS[String(reason)];
    if (check === undefined || kind !== undefined || of !== undefined)
      throw new Error(`no assertion for ${String(reason)}`);
    expect(Object.keys(wanted)).to.deep.equal([]);
    check(product, sample);
    return;
  }
  expect(reason).to.equal(undefined);
  if (kind === 'duplicate') {
    const first = loadSample(name, String(of)) as Recorded;
    expect(eventOf(product, sample).identity.event_id).to.equal(eventOf(product, first).identity.event_id);
    expect(Object.keys(wanted)).to.deep.equal([]);
    return;
  }
  expect(of).to.equal(undefined);
  const commands = await commandsOf(product, sample);
  const main = mainOf(sample.expect, commands);
  for (const [key, value] of Object.entries(wanted)) {
    const [found, meant] = compare(key, value, main, commands);
    expect(found, key).to.deep.equal(meant);
  }
}

describe('what samples expect', () => {
  for (const [name, product] of Object.entries(PRODUCTS)) {
    for (const sample of loadSamples(name) as Recorded[]) {
      it(`${name}: ${sample.file} becomes what it expects`, () => judge(name, product, sample));
    }
  }
});
