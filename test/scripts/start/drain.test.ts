import { expect } from 'chai';
import type { OdooClient } from '../../../scripts/odoo/index.ts';
import { drain, NotDrainedError } from '../../../scripts/start/drain.ts';

type Counts = Record<string, number>;

/** Answers one look after the other; the last one stays. */
function odooThatShows(looks: (Counts | Error)[]): OdooClient {
  let calls = 0;
  const call = (): Promise<unknown> => {
    const shown = looks[Math.min(Math.floor(calls / 2), looks.length - 1)] ?? {};
    calls += shown instanceof Error ? 2 : 1;
    if (shown instanceof Error) return Promise.reject(shown);
    return Promise.resolve(Object.entries(shown).map(([state, count]) => ({ state, __count: count })));
  };
  const searchRead = (): Promise<unknown[]> =>
    Promise.resolve([{ code: 'locked', last_error: 'Period is closed', attempts: 3 }]);
  return { call, searchRead } as unknown as OdooClient;
}

const SPOOL = {
  backendCode: 'b',
  counts: () => Promise.resolve({ received: 1, pending: 0, held: 0, done: 1, dead: 0, duplicates: 0 }),
};
const QUICK = { timeoutMs: 200, pollMs: 1 };

describe('waiting until nothing moves', () => {
  it('ends when spool and inbox are quiet, and tells how they stand', async () => {
    const standing = await drain(
      odooThatShows([{ pending: 2 }, { processing: 1, done: 1 }, { done: 2, held: 1 }]),
      SPOOL,
      QUICK,
    );
    expect(standing.inbox).to.include({ done: 2, held: 1, pending: 0, open: 0 });
  });

  it('waits for what goes on a moment after it had stopped', async () => {
    const held = { held: 1 };
    const standing = await drain(odooThatShows([held, held, { pending: 1 }, { done: 1 }]), SPOOL, QUICK);
    expect(standing.inbox).to.include({ done: 1, held: 0 });
  });

  it('says what is stuck and why when it takes too long', async () => {
    const error = await drain(odooThatShows([{ pending: 2 }]), SPOOL, QUICK).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(NotDrainedError);
    expect(String(error)).to.include('2 in the inbox').and.include('1 × locked, attempt 3: Period is closed');
  });

  it('is patient with an Odoo that is away only when asked to be', async () => {
    const away = [new Error('connection refused'), { done: 1 }];
    expect((await drain(odooThatShows(away), SPOOL, { ...QUICK, patient: true })).inbox.done).to.equal(1);
    const error = await drain(odooThatShows(away), SPOOL, QUICK).catch((thrown: unknown) => thrown);
    expect(String(error)).to.include('connection refused');
  });
});
