/**
 * Recorded deliveries of four products through the sidecar's interpreter (proof, name, identity, reads) and the runtime's (commands).
 * Expected values stand in `expect` of each file alone, and every key of it is asserted.
 */
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { checkContract } from '../../sidecar/contract.ts';
import type { HttpRequest } from '../../sidecar/http-client.ts';
import { openDoor } from '../helpers/front-door.ts';
import { loadSamples, type Sample } from '../helpers/samples.ts';
import { planAll, type Command, type Message } from './plan.ts';

type Expected = Record<string, unknown>;
type Recorded = Sample & { path: string; received_at: string; expect: Expected };
interface Told {
  event: string | null;
  commands: Command[];
}

interface Asked {
  filters: { parameters: unknown[] }[];
}

const HOST = 'https://cmms.test';
const ACCESS = { base_url: HOST, credential: 'id:word:key' };
const AUTHORISATION: Record<string, (sent: HttpRequest) => string> = {
  limble: () => `Basic ${Buffer.from(ACCESS.credential).toString('base64')}`,
  'sap-s4': () => 'Bearer token',
  fiix: ({ url }) => createHmac('sha256', 'key').update(url.replace('https://', '')).digest('hex'),
};

function contractOf(addon: string) {
  return checkContract(
    JSON.parse(readFileSync(`odoo_addon/millwright_${addon}/contract.json`, 'utf8')),
    addon,
  );
}

/** The product's answers in their order; a token where one is asked for. */
function play(sample: Recorded, authorisation: ((sent: HttpRequest) => string) | undefined) {
  const answers = [...(sample.fetch ?? [])];
  return (sent: HttpRequest) => {
    if (sent.url === `${HOST}/oauth/token`) return { text: '{"access_token":"token","expires_in":3600}' };
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`nothing more was to be read, but ${sent.url}`);
    const path = sent.url.slice(HOST.length).replace(/(?<=^\/api\/)\?.*/, '');
    expect([sent.method, path]).to.deep.equal([answer.method, answer.path]);
    if (authorisation) expect(sent.headers['authorization'], sent.url).to.equal(authorisation(sent));
    return { status: answer.status, text: JSON.stringify(answer.body) };
  };
}

/** The status of the answer, and each event with what it becomes. */
async function deliver(product: string, addon: string, sample: Recorded): Promise<[number, Told[]]> {
  const contract = contractOf(addon);
  const options = { secrets: [sample.secret], read: ACCESS };
  const door = openDoor(contract, options, play(sample, AUTHORISATION[product]));
  door.clock.time = Date.parse(sample.received_at);
  let status = 202;
  if (Object.hasOwn(contract.reads, sample.event)) {
    const found = await door.reads.runNow(sample.event);
    expect(found?.[0]).to.include({ items: 1, error: null });
  } else {
    const headers = Object.fromEntries(Object.entries(sample.headers).filter(([name]) => name !== 'Host'));
    ({ status } = await door.send(sample.raw_body, headers));
  }
  const messages: Message[] = [];
  for (const row of door.rows()) {
    expect([row.state, row.reason], row.subject ?? '').to.deep.equal(['pending', null]);
    const body = door.spool.body(row.seq);
    if (body === null || row.event === null || row.subject === null) throw new Error('no row');
    const made = door.source.prepare(row.event, body, row.context);
    if (made.kind === 'held') throw new Error(`${made.reason}: ${made.message}`);
    const fetched = made.kind === 'fetch' ? (await made.run(() => [])).text : '{}';
    const facts = { ...row, event: row.event, subject: row.subject, fetched };
    const text = String(door.source.envelope(facts, body));
    const { data } = JSON.parse(text) as { data: { payload: unknown; fetched: unknown } };
    messages.push({
      contract,
      event: row.event,
      payload: String(body),
      fetched: JSON.stringify(data.fetched),
      event_id: row.event_id,
    });
  }
  const plans = messages.length === 0 ? [] : planAll(messages);
  return [status, plans.map(({ commands }, index) => ({ event: messages[index]?.event ?? null, commands }))];
}

const refOf = (value: unknown) => (value as { value?: unknown } | null)?.value ?? null;
const FIELDS: Record<string, string> = { status_to: 'status' };

/** What the first command of the kind says to a key of `expect`. */
function said(key: string, main: Command, all: readonly Command[]): unknown {
  const fields = main.fields ?? {};
  switch (key) {
    case 'kind':
      return main.kind;
    case 'operation':
      return main.operation;
    case 'external_id':
      return main.key;
    case 'plant':
      return main.plant[0];
    case 'occurred_at':
      return main.occurred_at;
    case 'held':
      return main.hold;
    case 'equipment':
    case 'work_order':
    case 'part':
      return refOf(fields[key]);
    case 'parts': {
      const list = all.find(({ fields: own }) => own !== null && 'lines' in own)?.fields?.['lines'];
      return (list as { part: unknown; quantity: string }[] | undefined)?.map(({ part, quantity }) => ({
        part: refOf(part),
        quantity,
      }));
    }
    case 'movements':
      return all.map(({ fields: own }) => ({
        work_order: refOf(own?.['work_order']),
        part: refOf(own?.['part']),
        quantity: own?.['quantity'],
        unit: own?.['unit'],
      }));
    default:
      return fields[FIELDS[key] ?? key];
  }
}

function judge(wanted: Expected, { commands }: Told): void {
  const kind = wanted['kind'];
  if (kind === null) {
    expect(commands).to.deep.equal([]);
    return;
  }
  const main = commands.find((command) => command.kind === kind);
  if (main === undefined)
    throw new Error(`no command of ${JSON.stringify(kind)} in ${JSON.stringify(commands)}`);
  if (!('held' in wanted)) expect(commands.map(({ hold }) => hold)).to.deep.equal(commands.map(() => null));
  for (const [key, value] of Object.entries(wanted)) {
    if (!['verify', 'events', 'records'].includes(key))
      expect(said(key, main, commands) ?? null, key).to.deep.equal(value);
  }
}

const PRODUCTS = { limble: 'limble', maximo: 'maximo', 'sap-s4': 'sap_s4', fiix: 'fiix' };

function sign(secret: string, message: string): string {
  const key = createHash('sha256').update(secret).digest('hex');
  return createHmac('sha256', key).update(message).digest('hex');
}

describe('deliveries of the products', () => {
  for (const [product, addon] of Object.entries(PRODUCTS)) {
    for (const sample of loadSamples(product) as unknown as Recorded[]) {
      it(`${product}: ${sample.file} becomes what it expects`, async () => {
        const [status, told] = await deliver(product, addon, sample);
        if (sample.expect.verify === 'reject') {
          expect([status, told]).to.deep.equal([401, []]);
          return;
        }
        expect(status).to.equal(contractOf(addon).source.accept.answers.accepted);
        const records = (sample.expect['records'] as Expected[] | undefined) ?? [sample.expect];
        expect(told).to.have.length((sample.expect['events'] as number | undefined) ?? records.length);
        expect(told.map(({ event }) => event)).to.deep.equal(told.map(() => sample.event));
        for (const [index, one] of told.entries()) judge(records[index] ?? {}, one);
      });
    }
  }

  it('limble: a token is taken once, and a body that cannot be taken is answered 406', async () => {
    const [sample] = loadSamples('limble') as unknown as Recorded[];
    if (sample === undefined) throw new Error('no sample');
    const door = openDoor(contractOf('limble'), { secrets: [sample.secret] });
    door.clock.time = Date.parse(sample.received_at);
    const { timestamp = '', token = '', signature = '' } = sample.headers;
    const head = { timestamp, token, signature };
    expect((await door.send(sample.raw_body, head)).status).to.equal(200);
    expect((await door.send('{"category":"task","status":"updated","taskID":1}', head)).status).to.equal(401);
    const next = { timestamp, token: 'another', signature: sign(sample.secret, `${timestamp}another`) };
    expect((await door.send(sample.raw_body, next)).body, 'the same words again').to.include({
      status: 'accepted',
    });
    expect((await door.send('<a/>', { ...head, 'content-type': 'text/xml' })).status).to.equal(406);
    door.clock.advance(301_000);
    expect((await door.send(sample.raw_body, head)).status, 'too late').to.equal(401);
  });

  it('sap-s4: the probe of the sender is answered without proof', async () => {
    const door = openDoor(contractOf('sap_s4'), { secrets: ['token'] });
    const answer = await door.send('', { 'webhook-request-origin': 'events.example.com' }, '', 'options');
    expect([answer.status, answer.headers['webhook-allowed-origin']]).to.deep.equal([
      200,
      'events.example.com',
    ]);
  });

  it('fiix: no callback is taken, and every read goes on from where the last one ended', async () => {
    const [sample] = loadSamples('fiix') as unknown as Recorded[];
    if (sample === undefined) throw new Error('no sample');
    const door = openDoor(contractOf('fiix'), { secrets: [], read: ACCESS }, () => ({
      text: JSON.stringify(sample.fetch?.[0]?.body),
    }));
    expect((await door.send('{}', { authorization: 'Bearer ' })).status).to.equal(401);
    await door.reads.runNow(sample.event);
    await door.reads.runNow(sample.event);
    const asked = door.sent.map(({ body }) => JSON.parse(String(body)) as Asked);
    expect(asked.map(({ filters }) => filters[0]?.parameters[0])).to.deep.equal(['0', '1788430400000']);
    expect(asked[0]).to.include({ _maCn: 'FindRequest', startObject: 0, maxObjects: 100 });
    expect(door.sent[0]?.headers['content-type']).to.equal('text/plain');
  });
});
