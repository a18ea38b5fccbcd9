import { expect } from 'chai';
import { BATCH_EVENTS, FETCH_ATTEMPTS, ROW_ATTEMPTS } from '../../../sidecar/delivery/limits.ts';
import type { BatchAnswer } from '../../../sidecar/delivery/odoo-client.ts';
import { identify } from '../../../sidecar/sources/identify.ts';
import { DispatchBench, accepted, contract, result, unavailable } from '../../helpers/dispatch-bench.ts';
import { turns } from '../../helpers/fake-clock.ts';
import { movement } from '../../helpers/samples.ts';

describe('sidecar/delivery/dispatcher.ts', () => {
  let bench: DispatchBench;
  beforeEach(() => {
    bench = new DispatchBench();
  });
  afterEach(() => bench.dispatcher.stop(0));

  it('sends a burst as one batch in order, and marks it done with the answer', async () => {
    const ids = await Promise.all([bench.move('a', 1), bench.move('b', 2), bench.move('c', 3, 2)]);
    await turns();
    expect(bench.batches).to.deep.equal([['a', 'b', 'c']]);
    for (const id of ids)
      expect(bench.row(id)).to.include({ state: 'done', attempts: 1, finished_at: bench.clock.now() });
    expect(bench.row(ids[0]).answer).to.equal(JSON.stringify(result('accepted')));
    expect(bench.clock.next(), 'no timer is left').to.equal(null);
    expect(bench.dispatcher.status()).to.deep.equal({ state: 'idle', reason: null, since: null });
  });

  it('sends no more than a batch takes, and goes on with the rest', async () => {
    await Promise.all(
      Array.from({ length: BATCH_EVENTS + 5 }, (_, index) => bench.move(`m${index}`, index, index)),
    );
    await turns();
    expect(bench.batches.map((batch) => batch.length)).to.deep.equal([BATCH_EVENTS, 5]);
  });

  it('takes duplicate and held for done, rejected for dead with its reason', async () => {
    const [a, b, c] = await Promise.all([bench.move('a', 1), bench.move('b', 2), bench.move('c', 3)]);
    const answers = {
      [a]: result('duplicate'),
      [b]: result('held', 'unknown_plant'),
      [c]: result('rejected', 'bad_event'),
    };
    bench.send = () => ({ kind: 'results', results: new Map(Object.entries(answers)) });
    await turns();
    expect(bench.row(a).state).to.equal('done');
    expect(bench.row(b)).to.include({
      state: 'done',
      answer: JSON.stringify(result('held', 'unknown_plant')),
    });
    expect(bench.row(c)).to.include({ state: 'dead', reason: 'bad_event', last_error: 'do this' });
  });

  it('holds what is not as the schema says, and lets its subject go on', async () => {
    const bad = await bench.accept(
      'bad',
      'PART_QUANTITY_CHANGED',
      '{"partId":"x","workOrderId":1,"occurredAt":"2026-09-03T10:00:00Z"}',
    );
    await bench.move('good', 1);
    await turns();
    expect(bench.row(bad)).to.include({ state: 'held', reason: 'schema' });
    expect(bench.row(bad).last_error).to.contain('event.partId: must be integer');
    expect(bench.batches).to.deep.equal([['good']]);
  });

  it('holds what a newer contract does not know any more', async () => {
    const body = Buffer.from('{}');
    const facts = { event: 'OLD_EVENT', subject: 's/1', lane: 'batch', time: null, bucket: 0, held: null };
    await bench.spool.accept({
      ...facts,
      event_id: 'old',
      backend: 'plant',
      origin: 'callback',
      received_at: 0,
      body,
    });
    bench.dispatcher.wake();
    await turns();
    expect(bench.row('old')).to.include({ state: 'held', reason: 'unknown_event' });
  });

  it('keeps a subject waiting behind its head that needs a read, and only that subject', async () => {
    const thin = await bench.thin('thin', 1);
    await Promise.all([bench.move('behind', 1, 1), bench.move('other', 2, 2)]);
    await turns();
    expect(bench.batches).to.deep.equal([['other']]);
    expect(bench.row(thin)).to.include({ state: 'pending', reason: 'not_there_yet', attempts: 1 });
    bench.read = () => ({ status: 200, body: { id: 1 } });
    expect(await bench.sleep()).to.equal(500);
    expect(bench.batches).to.deep.equal([['other'], ['thin', 'behind']]);
    expect(bench.row(thin).fetched).to.equal('{"work_order":{"id":1}}');
  });

  it('reads again with growing pauses and holds after the limit; its subject goes on then', async () => {
    const thin = await bench.thin('thin', 1);
    await bench.move('behind', 1, 1);
    await turns();
    const waits: number[] = [];
    while (bench.row(thin).state === 'pending') waits.push(await bench.sleep());
    expect(waits.slice(0, 4)).to.deep.equal([500, 1_000, 2_000, 4_000]);
    expect(bench.reads).to.have.length(FETCH_ATTEMPTS);
    expect(bench.row(thin)).to.include({ state: 'held', reason: 'not_there_yet', attempts: FETCH_ATTEMPTS });
    await turns();
    expect(bench.batches).to.deep.equal([['behind']]);
  });

  it('reads again until the record shows the state that the event tells', async () => {
    const raw =
      '{"workOrderId":1,"changedWorkOrder":null,"newStatus":"ON_HOLD","occurredAt":"2026-09-03T10:00:00Z"}';
    bench.read = () => ({ status: 200, body: { status: 'OPEN' } });
    const id = await bench.accept('status', 'WORK_ORDER_STATUS_CHANGE', raw);
    await turns();
    expect(bench.row(id)).to.include({ reason: 'stale_read', state: 'pending' });
    bench.read = () => ({ status: 200, body: { status: 'ON_HOLD' } });
    await bench.sleep();
    expect(bench.row(id).state).to.equal('done');
  });

  it('waits as long as the product asks for, without an attempt of the row', async () => {
    bench.read = () => ({ status: 429, retryAfter: '90' });
    const id = await bench.thin('thin', 1);
    await turns();
    expect(bench.row(id)).to.include({
      attempts: 0,
      reason: 'source_unavailable',
      next_attempt_at: bench.clock.now() + 90_000,
    });
    await bench.thin('other', 2);
    await turns();
    expect(bench.reads, 'the whole source pauses').to.have.length(1);
    bench.read = () => ({ status: 200, body: {} });
    expect(await bench.sleep()).to.equal(90_000);
    expect(bench.batches.flat()).to.have.members(['thin', 'other']);
  });

  it('stops reading when the product refuses the credential, says so, and goes on with the rest', async () => {
    bench.read = () => ({ status: 401 });
    const ids = await Promise.all([
      bench.thin('t1', 1),
      bench.thin('t2', 2),
      bench.thin('t3', 3),
      bench.thin('t4', 4),
      bench.thin('t5', 5),
    ]);
    await bench.move('fat', 1, 9);
    await turns();
    expect(bench.reads.length).to.be.at.most(4);
    expect(bench.batches).to.deep.equal([['fat']]);
    expect(bench.dispatcher.status()).to.include({ state: 'blocked' });
    for (const id of ids) expect(bench.row(id)).to.include({ state: 'pending', attempts: 0 });
    bench.read = () => ({ status: 200, body: {} });
    expect(await bench.sleep()).to.be.at.least(10_000);
    for (const id of ids) expect(bench.row(id).state).to.equal('done');
    expect(bench.dispatcher.status()).to.include({ state: 'idle' });
  });

  it('waits when Odoo is away, doubling to a minute, however long; nothing dies of it', async () => {
    bench.send = () => unavailable();
    const id = await bench.move('a', 1);
    await turns();
    const waits: number[] = [];
    for (let day = 0; day < 100; day += 1) waits.push(await bench.sleep());
    expect(waits.slice(0, 8)).to.deep.equal([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(bench.row(id)).to.include({ state: 'pending', attempts: 0 });
    expect(bench.dispatcher.status()).to.include({
      state: 'waiting',
      since: Date.parse('2026-09-03T10:00:00Z'),
    });
    bench.send = accepted;
    await bench.sleep();
    expect(bench.row(id).state).to.equal('done');
  });

  it('tries no sooner because new callbacks come in while Odoo is away', async () => {
    bench.send = () => unavailable();
    await bench.move('a', 1);
    await turns();
    for (let index = 2; index < 6; index += 1) await bench.move(`m${index}`, index);
    await turns();
    expect(bench.batches).to.have.length(1);
  });

  it('honours Retry-After of Odoo', async () => {
    bench.send = () => unavailable(120_000);
    await bench.move('a', 1);
    await turns();
    expect(bench.clock.next()).to.equal(120_000);
  });

  it('goes on after a pause also when the timer fires a moment early', async () => {
    bench.send = () => unavailable(120_000);
    const id = await bench.move('a', 1);
    await turns();
    bench.send = accepted;
    bench.clock.advance(119_999, 1);
    await turns();
    expect(bench.row(id).state).to.equal('pending');
    bench.clock.advance(1);
    await turns();
    expect(bench.row(id).state).to.equal('done');
  });

  it('pauses the backend and says so when Odoo refuses it, and loses nothing', async () => {
    bench.send = () => ({ kind: 'blocked', code: 'environment_mismatch', message: 'copy' });
    const id = await bench.move('a', 1);
    await turns();
    expect(bench.dispatcher.status()).to.include({ state: 'blocked', reason: 'environment_mismatch: copy' });
    expect(await bench.sleep()).to.equal(10_000);
    expect(bench.row(id)).to.include({ state: 'pending', attempts: 0 });
  });

  for (const kind of ['unsuitable', 'failed'] as const) {
    it(`finds the one delivery that spoils a batch (${kind}) and delivers all others`, async () => {
      const ids = await Promise.all(
        Array.from({ length: 20 }, (_, index) => bench.move(`m${index}`, index, index)),
      );
      const poison = ids[13] ?? '';
      bench.send = (batch) =>
        batch.includes(poison) ? { kind, code: 'too_strange', message: 'no', ours: true } : accepted(batch);
      await turns(200);
      while (bench.row(poison).state === 'pending') {
        await bench.sleep();
        // Others must get through for the failure to be the row's own.
        await bench.move(`later${bench.clock.now()}`, bench.clock.now() % 1_000_000, 77);
        await turns(100);
      }
      expect(bench.row(poison)).to.include({ state: 'dead', reason: 'too_strange' });
      if (kind === 'failed') expect(bench.row(poison).attempts).to.equal(ROW_ATTEMPTS);
      for (const id of ids) if (id !== poison) expect(bench.row(id).state).to.equal('done');
    });
  }

  it('takes a 500 to everything for an outage, not for bad deliveries', async () => {
    bench.send = () => ({ kind: 'failed', code: 'http_500', message: 'oops' });
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, index) => bench.move(`m${index}`, index, index)),
    );
    await turns(100);
    for (let round = 0; round < 200; round += 1) await bench.sleep();
    for (const id of ids) expect(bench.row(id)).to.include({ state: 'pending', attempts: 0 });
    bench.send = accepted;
    for (let round = 0; round < 30 && bench.clock.next() !== null; round += 1) await bench.sleep();
    for (const id of ids) expect(bench.row(id).state).to.equal('done');
  });

  it('tries a delivery again that the answer does not name, and gives it up after the limit', async () => {
    const id = await bench.move('a', 1);
    bench.send = () => ({ kind: 'results', results: new Map() });
    await turns();
    while (bench.row(id).state === 'pending') await bench.sleep();
    expect(bench.row(id)).to.include({ state: 'dead', reason: 'no_result', attempts: ROW_ATTEMPTS });
    expect(bench.batches).to.have.length(ROW_ATTEMPTS);
  });

  it('recognises a held delivery after a redrive, or takes it for the duplicate it is', async () => {
    const { event, raw } = movement(1);
    const body = Buffer.from(raw);
    const held = { reason: 'unknown_event', message: 'no such event' };
    const facts = {
      event,
      subject: null,
      lane: 'standard',
      time: null,
      bucket: 0,
      backend: 'plant',
      origin: 'callback' as const,
    };
    for (const event_id of ['raw1', 'raw2'])
      await bench.spool.accept({ ...facts, event_id, held, received_at: bench.clock.now(), body });
    await bench.spool.redrive('plant', 'raw1', bench.clock.now());
    bench.dispatcher.wake();
    await turns();
    const known = identify(contract, event, body).event_id;
    expect(bench.row(known)).to.include({ seq: 1, state: 'done', subject: 'work_order/5120' });
    await bench.spool.redrive('plant', 'raw2', bench.clock.now());
    bench.dispatcher.wake();
    await turns();
    expect(bench.row('raw2')).to.include({ state: 'done' });
    expect(bench.row('raw2').answer).to.contain('duplicate');
    expect(bench.batches).to.have.length(1);
  });

  it('waits at its end for the batch in flight, and sends nothing more', async () => {
    let release: (answer: BatchAnswer) => void = () => {};
    bench.send = () => new Promise((resolve) => (release = resolve));
    const id = await bench.move('a', 1);
    await turns();
    const stopped = bench.dispatcher.stop(1_000);
    const late = await bench.move('late', 2);
    release(await accepted([id]));
    await stopped;
    expect(bench.row(id).state).to.equal('done');
    expect(bench.row(late).state).to.equal('pending');
    expect(bench.clock.next(), 'no timer is left').to.equal(null);
    expect(bench.dispatcher.status().state).to.equal('stopped');
  });
});
