import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import request from 'supertest';
import { createApp } from '../../../sidecar/app.ts';
import { SpoolError } from '../../../sidecar/errors.ts';
import { MAX_BODY_BYTES } from '../../../sidecar/http/callbacks.ts';
import type { Logger } from '../../../sidecar/logger.ts';
import { createMetrics } from '../../../sidecar/metrics.ts';
import { createSource } from '../../../sidecar/sources/source.ts';
import { MemorySpool } from '../../../sidecar/spool/memory-spool.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import {
  ACME_SECRET,
  ATLAS_SECRET,
  loadFixtureContract,
  loadSamples,
  movement,
  signAcme,
  signAtlas,
} from '../../helpers/samples.ts';

const PATH = '/callbacks/plant';

function setUp(secrets: string[] = [ATLAS_SECRET]) {
  const clock = new FakeClock();
  const spool = new MemorySpool();
  const metrics = createMetrics();
  const woken: string[] = [];
  const logged: string[] = [];
  const write = (message: string, fields?: Record<string, unknown>) =>
    void logged.push(JSON.stringify({ message, ...fields }));
  const log: Logger = { debug: write, info: write, warn: write, error: write };
  const call = () => Promise.reject(new Error('no reads here'));
  const source = (backend: string, product: string, keys: string[]) =>
    createSource({
      backend,
      environment: 'test',
      contract: loadFixtureContract(product),
      secrets: keys,
      read: null,
      call,
      now: () => clock.now(),
    });
  const sources = new Map([['plant', source('plant', 'atlas', secrets)], ['acme', source('acme', 'acme', [ACME_SECRET])]]); // prettier-ignore
  const status = () => ({ state: 'idle' as const, reason: null, since: null });
  const state = { draining: false };
  const app = createApp({
    sources, spool, clock, log, metrics, wake: (b) => void woken.push(b), draining: () => state.draining, backends: [...sources.keys()], status,
  }); // prettier-ignore
  return { app, spool, clock, metrics, woken, logged, state };
}

function post(
  app: ReturnType<typeof setUp>['app'],
  raw: string,
  headers: Record<string, string>,
  path = PATH,
) {
  return request(app).post(path).set(headers).send(raw);
}

const { event, raw } = movement(1);
const signed = signAtlas(event, raw);

describe('sidecar/http/callbacks.ts', () => {
  it('stores a signed callback, wakes the delivery and answers 202 with the event id', async () => {
    const { app, spool, woken } = setUp();
    const answer = await post(app, raw, signed).expect(202).expect('content-type', 'application/json');
    const { id, status } = answer.body as { id: string; status: string };
    expect(status).to.equal('accepted');
    expect(spool.find('plant', id)).to.include({
      state: 'pending',
      subject: 'work_order/5120',
      origin: 'callback',
    });
    expect(spool.body(1)?.toString()).to.equal(raw);
    expect(woken).to.deep.equal(['plant']);
  });

  it('answers a repeat with 202 and duplicate, under whatever path', async () => {
    const { app, spool, woken } = setUp();
    const first = await post(app, raw, signed).expect(202);
    const again = await post(app, raw, signed, `${PATH}/parts/changed`).expect(202);
    expect(again.body).to.deep.equal({ id: (first.body as { id: string }).id, status: 'duplicate' });
    expect(spool.counts('plant')).to.include({ pending: 1, duplicates: 1 });
    expect(woken).to.have.length(1);
  });

  it('holds what is verified but unknown, and what is no JSON', async () => {
    const { app, spool, woken } = setUp();
    const unknown = await post(app, '{"partId":1}', signAtlas('PART_DELETE', '{"partId":1}')).expect(202);
    expect((unknown.body as { status: string }).status).to.equal('held');
    await post(app, '{"half', signAtlas(event, '{"half')).expect(202);
    expect(spool.list({ limit: 9, state: 'held' }).map(({ reason }) => reason)).to.have.members([
      'unknown_event',
      'invalid_json',
    ]);
    expect(woken).to.deep.equal([]);
  });

  it('refuses an unknown backend with 404', async () => {
    const { app } = setUp();
    await post(app, raw, signed, '/callbacks/other').expect(404);
    await post(app, raw, signed, '/callbacks/constructor').expect(404);
    await post(app, raw, signed, '/callbacks').expect(404);
  });

  it('refuses another method with 405 and says which it takes', async () => {
    const { app } = setUp();
    await request(app).get(PATH).expect(405).expect('allow', 'POST');
    await request(app).put(PATH).set(signed).send(raw).expect(405);
  });

  it('refuses another content type or an encoding with 415', async () => {
    const { app } = setUp();
    for (const type of [
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'application/jsonx',
    ]) {
      await post(app, raw, { ...signed, 'content-type': type }).expect(415);
    }
    await post(app, raw, { ...signed, 'content-encoding': 'br' }).expect(415);
    await post(app, raw, { ...signed, 'content-type': 'application/json; charset=utf-8' }).expect(202);
    await post(app, raw, { ...signed, 'content-type': 'application/vnd.x+json' }).expect(202);
  });

  it('refuses a long body with 413 before it has read it', async () => {
    const { app, spool } = setUp();
    const server = await listen(createServer(app));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${MAX_BODY_BYTES + 1}\r\n\r\n{`,
    );
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).to.match(/^HTTP\/1\.1 413 /);
    await once(socket, 'close');
    await close(server);
    expect(spool.counts('plant').pending).to.equal(0);
  });

  it('refuses a long body of unsaid length with 413', async () => {
    const { app } = setUp();
    const server = await listen(createServer(app));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {}); // the server closes while we still write
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const part = 'x'.repeat(0x10000);
    for (let sent = 0; sent <= MAX_BODY_BYTES; sent += part.length) socket.write(`10000\r\n${part}\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).to.match(/^HTTP\/1\.1 413 /);
    socket.destroy();
    await close(server);
  });

  it('refuses a missing or wrong signature with 401, and JSON that was written again', async () => {
    const { app, spool } = setUp();
    await post(app, raw, { ...signed, 'x-webhook-signature': '' }).expect(401);
    await post(app, raw, signAtlas(event, raw, 'whsec_other')).expect(401);
    await post(app, JSON.stringify(JSON.parse(raw)), signed).expect(401);
    await post(app, `${raw} `, signed).expect(401);
    expect(spool.counts('plant')).to.include({ pending: 0, held: 0 });
  });

  it('refuses everything without a secret', async () => {
    const { app } = setUp([]);
    await post(app, raw, signAtlas(event, raw, '')).expect(401);
  });

  it('accepts the old and the new secret while both are set', async () => {
    const { app } = setUp(['whsec_new', ATLAS_SECRET]);
    await post(app, raw, signed).expect(202);
    const next = movement(2);
    await post(app, next.raw, signAtlas(event, next.raw, 'whsec_new')).expect(202);
  });

  it('takes another product by its contract alone', async () => {
    const { app, spool } = setUp();
    const text = '{"uuid":"u-1","spare":"S7","job":"J1","detail":{},"at":"2026-09-03T10:00:00Z"}';
    await post(app, text, signAcme('spare.used', text), '/callbacks/acme').expect(202);
    expect(spool.list({ limit: 1, backend: 'acme' })[0]).to.include({
      subject: 'job/J1',
      event: 'spare.used',
    });
    await post(app, text, signAtlas('spare.used', text), '/callbacks/acme').expect(401);
  });

  it('answers 503 with Retry-After when the spool cannot write', async () => {
    const { app, spool, woken } = setUp();
    spool.acceptAll = () => Promise.reject(new SpoolError('disk full'));
    const answer = await post(app, raw, signed).expect(503);
    expect(answer.headers['retry-after']).to.match(/^\d+$/);
    expect(woken).to.deep.equal([]);
  });

  it('answers 500, never 2xx, when something of ours breaks, and shows nothing of it', async () => {
    const { app, spool } = setUp();
    spool.acceptAll = () => Promise.reject(new TypeError('inner detail'));
    const answer = await post(app, raw, signed).expect(500);
    expect(answer.text).not.to.contain('inner detail');
  });

  it('closes connections while the process goes down', async () => {
    const { app, state } = setUp();
    state.draining = true;
    await post(app, raw, signed).expect(202).expect('connection', 'close');
  });

  it('takes the shared deliveries as they are meant', async () => {
    for (const sample of loadSamples('atlas-cmms')) {
      const { app } = setUp([sample.secret]);
      const { Host: _host, 'Content-Length': _length, ...headers } = sample.headers; // eslint-disable-line @typescript-eslint/no-unused-vars -- set by the client
      const answer = await post(app, sample.raw_body, headers);
      expect(answer.status, sample.file).to.equal(sample.expect.verify === 'accept' ? 202 : 401);
    }
  });

  it('logs and counts refusals without payload, signature or secret', async () => {
    const { app, logged, metrics } = setUp();
    await post(app, raw, signAtlas(event, raw, 'whsec_other'));
    await post(app, '{"x":"Tension spring"}', signAtlas('NEWS', '{"x":"Tension spring"}'));
    expect(await metrics.registry.metrics()).to.contain('millwright_refused_total{reason="bad_signature"} 1');
    expect(logged.join()).to.contain('bad_signature').and.to.contain('unknown_event');
    for (const word of ['Tension', 'whsec', signed['x-webhook-signature'] ?? '?'])
      expect(logged.join()).not.to.contain(word);
  });
});

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
