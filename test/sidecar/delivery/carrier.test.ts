import { expect } from 'chai';
import { Carrier } from '../../../sidecar/delivery/carrier.ts';
import { createOutboxClient } from '../../../sidecar/delivery/outbox-client.ts';
import type { Logger } from '../../../sidecar/logger.ts';
import { createMetrics } from '../../../sidecar/metrics.ts';
import type { OutboxMessage, WriteOutcome } from '../../../sidecar/sources/write-plan.ts';
import { FakeClock, turns } from '../../helpers/fake-clock.ts';
import { OdooOutbox } from '../../helpers/odoo-outbox.ts';

const HASH = `sha256:${'a'.repeat(64)}`;
const SECOND = 1_000;

function outcome(changes: Partial<WriteOutcome> = {}): WriteOutcome {
  return {
    ...{
      status: 'done',
      external_id: '77',
      remote_version: null,
      code: 'created',
      message: '',
      retryAfterMs: null,
    },
    ...changes,
  };
}

type Write = (message: OutboxMessage, notAfter: number) => Promise<WriteOutcome>;

/** A carrier on a clock of its own, an outbox that is Odoo's, and a product that does what the test says. */
function setUp(write: Write) {
  const clock = new FakeClock();
  const outbox = new OdooOutbox(() => clock.now());
  const written: string[] = [];
  const lines: { message: string; [key: string]: unknown }[] = [];
  const say = (text: string, facts: object = {}) => void lines.push({ message: text, ...facts });
  const log = { info: say, warn: say, error: say, debug: say } as unknown as Logger;
  const metrics = createMetrics();
  const carrier = new Carrier({
    ...{ backend: 'plant', clock, log, metrics, random: () => 1, pollMs: 5 * SECOND },
    writing: {
      hash: HASH,
      write: (message, notAfter) => {
        written.push(message.id);
        return write(message, notAfter);
      },
    },
    outbox: createOutboxClient({
      ...{
        backend: 'plant',
        url: 'http://odoo.example',
        database: 'plant',
        apiKey: 'k',
        environment: 'production',
      },
      call: outbox.call,
      now: () => clock.now(),
    }),
  });
  const add = (id: string, key: string, more: object = {}) => {
    outbox.add({ id, key, reference: `ref-${key}`, contract_hash: HASH, ...more });
  };
  const go = async (ms = 0) => {
    clock.advance(ms);
    await turns();
  };
  return { clock, outbox, written, lines, carrier, add, go, metrics };
}

const states = ({ rows }: OdooOutbox) =>
  rows.map(({ id, state, code }) => `${id} ${state} ${code ?? ''}`.trim());

describe('sidecar/delivery/carrier.ts', () => {
  it('writes several keys at once and one key in order', async () => {
    const ends: (() => void)[] = [];
    const { add, carrier, go, outbox, written } = setUp(
      () =>
        new Promise((resolve) =>
          ends.push(() => {
            resolve(outcome());
          }),
        ),
    );
    for (const [id, key] of [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'a'],
    ] as const)
      add(id, key);
    carrier.start();
    await go();
    expect(written).to.deep.equal(['1', '2']);
    ends[0]?.();
    await turns();
    expect(written).to.deep.equal(['1', '2', '3']);
    for (const end of ends) end();
    await turns();
    for (const end of ends) end();
    await turns();
    expect(states(outbox)).to.deep.equal(['1 done created', '2 done created', '3 done created']);
  });

  it('stops a key behind what comes again or waits for a person, but not behind a dead letter', async () => {
    const fates: Record<string, WriteOutcome['status']> = { '1': 'retry', '3': 'held', '5': 'dead' };
    const { add, carrier, go, outbox, written } = setUp(({ id }) =>
      Promise.resolve(
        outcome({ status: fates[id] ?? 'done', code: `said_${id}`, retryAfterMs: 60 * SECOND }),
      ),
    );
    for (const [id, key] of [
      ['1', 'a'],
      ['2', 'a'],
      ['3', 'b'],
      ['4', 'b'],
      ['5', 'c'],
      ['6', 'c'],
    ] as const)
      add(id, key);
    carrier.start();
    await go();
    expect(written.sort()).to.deep.equal(['1', '3', '5', '6']);
    expect(states(outbox)).to.deep.equal([
      ...['1 pending said_1', '2 pending earlier_in_key', '3 held said_3', '4 pending earlier_in_key'],
      ...['5 dead said_5', '6 done said_6'],
    ]);
  });

  it('gives the id that a create brought to what follows it', async () => {
    const seen: (string | null)[] = [];
    const { add, carrier, go } = setUp((message) => {
      seen.push(message.external_id);
      return Promise.resolve(outcome({ external_id: '410' }));
    });
    add('1', 'a');
    add('2', 'a', { operation: 'update' });
    carrier.start();
    await go();
    expect(seen).to.deep.equal([null, '410']);
  });

  it('looks again at once while there is more, else after its interval', async () => {
    const { add, carrier, go, outbox, written } = setUp(() => Promise.resolve(outcome()));
    for (let index = 0; index < 60; index += 1) add(String(index), `key-${index}`);
    carrier.start();
    await go();
    expect(written).to.have.length(50);
    await go();
    expect(written).to.have.length(60);
    await go(4 * SECOND);
    expect(outbox.limits).to.have.length(2);
    await go(SECOND);
    expect(outbox.limits).to.have.length(3);
  });

  it('waits while Odoo is away, and says so', async () => {
    const { add, carrier, go, outbox, written } = setUp(() => Promise.resolve(outcome()));
    outbox.trouble = () => ({ status: 503, body: {}, headers: { 'retry-after': '30' } });
    add('1', 'a');
    carrier.start();
    await go();
    expect(carrier.status()).to.include({ state: 'waiting', reason: 'writes: http_503: Odoo answered 503' });
    outbox.trouble = () => null;
    await go(29 * SECOND);
    expect(written).to.deep.equal([]);
    await go(SECOND);
    expect(written).to.deep.equal(['1']);
    expect(carrier.status()).to.include({ state: 'idle', reason: null });
  });

  it('is blocked by an environment that is not ours', async () => {
    const { add, carrier, go, outbox, written } = setUp(() => Promise.resolve(outcome()));
    outbox.trouble = () => ({
      status: 409,
      body: { error: { code: 'environment_mismatch', message: 'm', remedy: 'r' } },
    });
    add('1', 'a');
    carrier.start();
    await go();
    expect(carrier.status()).to.include({ state: 'blocked', reason: 'writes: environment_mismatch: m r' });
    expect(written).to.deep.equal([]);
  });

  it('settles again what Odoo did not take, and writes nothing twice for it', async () => {
    const { add, carrier, go, outbox, written } = setUp(() => Promise.resolve(outcome()));
    outbox.trouble = (path) => (path.endsWith('/settle') ? { status: 503, body: {} } : null);
    add('1', 'a');
    carrier.start();
    await go();
    expect(states(outbox)).to.deep.equal(['1 pending']);
    outbox.trouble = () => null;
    await go(SECOND);
    expect(states(outbox)).to.deep.equal(['1 done created']);
    expect(written).to.deep.equal(['1']);
  });

  it('forgets a result when the lease is over: the message comes again in doubt', async () => {
    const doubts: boolean[] = [];
    const { add, carrier, go, lines, outbox } = setUp(({ doubt }) => {
      doubts.push(doubt);
      return Promise.resolve(outcome());
    });
    outbox.trouble = (path) => (path.endsWith('/settle') ? { status: 503, body: {} } : null);
    add('1', 'a');
    carrier.start();
    await go();
    outbox.expireLeases();
    await go(121 * SECOND);
    expect(lines.map(({ message }) => message)).to.include('settle_given_up');
    outbox.trouble = () => null;
    await go(5 * SECOND);
    expect(doubts).to.deep.equal([false, true]);
    expect(states(outbox)).to.deep.equal(['1 done created']);
  });

  it('takes a stale result for what it is', async () => {
    const { add, carrier, go, lines, outbox } = setUp(() => {
      outbox.expireLeases();
      return Promise.resolve(outcome());
    });
    add('1', 'a');
    carrier.start();
    await go();
    expect(lines.map(({ message }) => message)).to.include('settle_stale');
    expect(states(outbox)).to.deep.equal(['1 pending']);
  });

  it('makes no call so late that it outlasts the lease', async () => {
    let latest = 0;
    const { add, carrier, clock, go } = setUp((_message, notAfter) => {
      latest = notAfter;
      return Promise.resolve(outcome());
    });
    add('1', 'a');
    const asked = clock.now();
    carrier.start();
    await go();
    expect(latest).to.equal(asked + 100 * SECOND);
  });

  it('writes nothing that was planned under another contract', async () => {
    const { add, carrier, go, outbox, written } = setUp(() => Promise.resolve(outcome()));
    add('1', 'a', { contract_hash: `sha256:${'b'.repeat(64)}` });
    carrier.start();
    await go();
    expect(written).to.deep.equal([]);
    expect(states(outbox)).to.deep.equal(['1 pending contract_mismatch']);
  });

  it('stops at a refused credential, and tries it with one message from then on', async () => {
    let refuses = true;
    const { add, carrier, go, outbox, written } = setUp(() =>
      Promise.resolve(outcome(refuses ? { status: 'retry', code: 'write_refused', refused: true } : {})),
    );
    for (let index = 0; index < 20; index += 1) add(String(index), `key-${index}`);
    carrier.start();
    await go();
    expect(written.length).to.be.lessThan(5);
    expect(carrier.status()).to.include({ state: 'blocked' });
    refuses = false;
    await go(10 * SECOND);
    await go();
    await go();
    expect(outbox.limits.slice(0, 2)).to.deep.equal([50, 1]);
    expect(carrier.status()).to.include({ state: 'idle' });
    expect(outbox.rows.every(({ state }) => state === 'done')).to.equal(true);
  });

  it('waits as long as the product asks', async () => {
    const { add, carrier, go, outbox } = setUp(() =>
      Promise.resolve(outcome({ status: 'retry', code: 'http_429', retryAfterMs: 90 * SECOND })),
    );
    add('1', 'a');
    carrier.start();
    await go();
    await go(89 * SECOND);
    expect(outbox.limits).to.have.length(1);
    await go(SECOND);
    expect(outbox.limits).to.have.length(2);
  });

  it('holds what it cannot read', async () => {
    const { add, carrier, go, outbox, written } = setUp(() => Promise.resolve(outcome()));
    add('1', 'a', { operation: 'merge' });
    carrier.start();
    await go();
    expect(written).to.deep.equal([]);
    expect(states(outbox)).to.deep.equal(['1 held message_unreadable']);
  });

  it('ends what is under way when it stops, settles it and begins nothing', async () => {
    const ends: (() => void)[] = [];
    const { add, carrier, go, outbox, written } = setUp(
      () =>
        new Promise((resolve) =>
          ends.push(() => {
            resolve(outcome());
          }),
        ),
    );
    add('1', 'a');
    add('2', 'a');
    carrier.start();
    await go();
    const stopped = carrier.stop(8 * SECOND);
    ends[0]?.();
    await stopped;
    expect(written).to.deep.equal(['1']);
    expect(states(outbox)).to.deep.equal(['1 done created', '2 pending stopping']);
    await go(60 * SECOND);
    expect(outbox.limits).to.have.length(1);
  });

  it('does not wait for a product that never answers when it stops', async () => {
    const { add, carrier, go, outbox } = setUp(() => new Promise(() => undefined));
    add('1', 'a');
    carrier.start();
    await go();
    const stopped = carrier.stop(8 * SECOND);
    await go(8 * SECOND);
    await stopped;
    expect(outbox.rows[0]).to.include({ state: 'pending', leased: true });
  });
});
