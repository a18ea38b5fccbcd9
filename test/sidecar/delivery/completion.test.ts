import { expect } from 'chai';
import { FETCH_ATTEMPTS } from '../../../sidecar/delivery/limits.ts';
import type { Contract } from '../../../sidecar/contract.ts';
import { identify } from '../../../sidecar/sources/identify.ts';
import { DispatchBench, contract } from '../../helpers/dispatch-bench.ts';
import { turns } from '../../helpers/fake-clock.ts';

const EVENT = 'WORK_ORDER_STATUS_CHANGE';

/** A flow that is fed by the event in this role, and takes its lines from there. */
function flowOf(role: string, lines: string): Contract['flows'] {
  return { consumption: { inputs: { used: { role, on: [EVENT], lines: { from: [lines] } } } } };
}

/** What the product says of a work order, without its record unless there is one; minutes after nine. */
function says(newStatus: string, minute: number, workOrderId = 1, changedWorkOrder: unknown = null): string {
  const occurredAt = new Date(Date.parse('2026-09-03T09:00:00Z') + minute * 60_000).toISOString();
  return JSON.stringify({ workOrderId, changedWorkOrder, newStatus, occurredAt });
}

describe('sidecar/delivery/completion.ts, when the record has moved on', () => {
  let bench: DispatchBench;
  beforeEach(() => {
    bench = new DispatchBench();
  });
  afterEach(() => bench.dispatcher.stop(0));

  const show = (status: string) => (bench.read = () => ({ status: 200, body: { status } }));
  const movedOn = () => bench.logged.filter(({ message }) => message === 'read_moved_on');

  it('takes at once what it read when a newer delivery of the record says that', async () => {
    show('ON_HOLD');
    const ids = await Promise.all([
      bench.accept('first', EVENT, says('IN_PROGRESS', 1)),
      bench.accept('newer', EVENT, says('ON_HOLD', 2)),
    ]);
    await turns();
    expect(bench.batches.flat()).to.deep.equal(['first', 'newer']);
    expect(bench.row(ids[0])).to.include({
      state: 'done',
      fetched: '{"work_order":{"status":"ON_HOLD"}}',
      reason: null,
    });
    expect(bench.clock.next(), 'nothing waits').to.equal(null);
    expect(movedOn().map(({ fields }) => fields)).to.deep.equal([{ backend: 'plant', event_id: ids[0] }]);
  });

  it('hears a newer delivery too that carries the record itself', async () => {
    show('ON_HOLD');
    await Promise.all([
      bench.accept('first', EVENT, says('IN_PROGRESS', 1)),
      bench.accept('newer', EVENT, says('ON_HOLD', 2, 1, { status: 'ON_HOLD' })),
    ]);
    await turns();
    expect(bench.batches.flat()).to.deep.equal(['first', 'newer']);
  });

  it('hears a newer delivery too that came before and is done, or is held', async () => {
    show('ON_HOLD');
    const done = await bench.accept('done', EVENT, says('ON_HOLD', 2));
    const held = await bench.accept('held', EVENT, says('ON_HOLD', 2, 2));
    await bench.spool.change([{ seq: bench.row(held).seq, to: 'held', reason: 'by a test' }]);
    await turns();
    expect(bench.row(done).state).to.equal('done');
    const ids = [
      await bench.accept('late', EVENT, says('IN_PROGRESS', 1)),
      await bench.accept('behind', EVENT, says('IN_PROGRESS', 1, 2)),
    ];
    await turns();
    for (const id of ids) expect(bench.row(id).state).to.equal('done');
  });

  const others: Record<string, () => Promise<unknown>> = {
    'nothing newer': () => Promise.resolve(),
    'a delivery of another subject': () => bench.accept('x', EVENT, says('ON_HOLD', 2, 2)),
    'a delivery of another backend': () => {
      const body = Buffer.from(says('ON_HOLD', 2));
      const facts = { ...identify(contract, EVENT, body), body, received_at: 0 };
      return bench.spool.accept({ ...facts, backend: 'other', origin: 'callback' });
    },
    'another event of the record': () => bench.accept('x', 'WORK_ORDER_CHANGE', says('ON_HOLD', 2)),
    'a delivery that came later and is older': () => bench.accept('x', EVENT, says('ON_HOLD', 0)),
    'a newer delivery that says something else': () => bench.accept('x', EVENT, says('OPEN', 2)),
  };
  for (const [name, accept] of Object.entries(others)) {
    it(`reads again as long as the record shows an older state and there is ${name}`, async () => {
      show('ON_HOLD');
      const [id] = await Promise.all([bench.accept('first', EVENT, says('IN_PROGRESS', 1)), accept()]);
      await turns();
      expect(bench.row(id)).to.include({ state: 'pending', reason: 'stale_read', attempts: 1 });
      expect(movedOn()).to.deep.equal([]);
      show('IN_PROGRESS');
      await bench.sleep();
      expect(bench.row(id).state).to.equal('done');
    });
  }

  for (const [role, lines, state] of [
    ['post', 'fetched.work_order.parts', 'pending'],
    ['post', 'event.parts', 'done'],
    ['converge', 'fetched.work_order.parts', 'done'],
    ['check', 'fetched.work_order.parts', 'done'],
  ] as const) {
    it(`leaves it ${state} when its event feeds the role ${role} from ${lines}`, async () => {
      await bench.dispatcher.stop(0);
      bench = new DispatchBench({ ...contract, flows: flowOf(role, lines) });
      show('ON_HOLD');
      const [id] = await Promise.all([
        bench.accept('first', EVENT, says('IN_PROGRESS', 1)),
        bench.accept('newer', EVENT, says('ON_HOLD', 2)),
      ]);
      await turns();
      expect(bench.row(id).state).to.equal(state);
    });
  }

  it('lets the newest wait for the state that it says itself', async () => {
    show('ON_HOLD');
    const [, , newest] = await Promise.all([
      bench.accept('first', EVENT, says('IN_PROGRESS', 1)),
      bench.accept('second', EVENT, says('ON_HOLD', 2)),
      bench.accept('newest', EVENT, says('OPEN', 3)),
    ]);
    await turns();
    expect(bench.batches.flat()).to.deep.equal(['first', 'second']);
    expect(bench.row(newest)).to.include({ state: 'pending', reason: 'stale_read', attempts: 1 });
    show('OPEN');
    await bench.sleep();
    expect(bench.row(newest).state).to.equal('done');
  });

  it('completes what was held as stale when it is redriven behind a newer delivery', async () => {
    show('ON_HOLD');
    const id = await bench.accept('first', EVENT, says('IN_PROGRESS', 1));
    await turns();
    while (bench.row(id).state === 'pending') await bench.sleep();
    expect(bench.row(id)).to.include({ state: 'held', reason: 'stale_read', attempts: FETCH_ATTEMPTS });
    await bench.accept('newer', EVENT, says('ON_HOLD', 2));
    await turns();
    expect(await bench.spool.redrive('plant', id, bench.clock.now())).to.equal(true);
    bench.dispatcher.wake();
    await turns();
    expect(bench.row(id)).to.include({ state: 'done', fetched: '{"work_order":{"status":"ON_HOLD"}}' });
  });
});
