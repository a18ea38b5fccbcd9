import { expect } from 'chai';
import request from 'supertest';
import { createAdminApp } from '../../../sidecar/app.ts';
import { silentLogger } from '../../../sidecar/logger.ts';
import { MemorySpool } from '../../../sidecar/spool/memory-spool.ts';
import type { ReadOutcome } from '../../../sidecar/status.ts';
import { delivery } from '../../helpers/deliveries.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const HELD = { reason: 'unknown_event', message: 'no such event' };
const AUTH = { authorization: 'Bearer token-1' };
const OUTCOME: ReadOutcome = {
  backend: 'plant',
  read: 'R',
  pages: 1,
  items: 2,
  accepted: 2,
  duplicates: 0,
  held: 0,
  error: null,
};

function setUp() {
  const spool = new MemorySpool();
  const woken: string[] = [];
  const app = createAdminApp({
    token: 'token-1', backends: ['plant', 'other'], spool, clock: new FakeClock(), log: silentLogger, wake: (b) => void woken.push(b),
    runRead: (name) => (name === 'R' ? Promise.resolve([OUTCOME]) : null),
  }); // prettier-ignore
  return { app, spool, woken };
}

describe('sidecar/http/admin.ts', () => {
  it('lets nobody in without the token', async () => {
    const { app } = setUp();
    for (const authorization of ['', 'Bearer token-2', 'Basic token-1', 'bearer token-1']) {
      await request(app)
        .get('/summary')
        .set({ authorization })
        .expect(401)
        .expect('www-authenticate', 'Bearer');
    }
    await request(app).post('/deliveries/x/redrive').expect(401);
  });

  it('sums up by backend', async () => {
    const { app, spool } = setUp();
    await spool.accept(delivery('a'));
    await spool.accept(delivery('a'));
    await spool.accept(delivery('h', { held: HELD }));
    const answer = await request(app).get('/summary').set(AUTH).expect(200);
    const none = { received: 0, pending: 0, held: 0, done: 0, dead: 0, duplicates: 0 };
    expect(answer.body).to.deep.equal({
      backends: { plant: { ...none, received: 2, pending: 1, held: 1, duplicates: 1 }, other: none },
    });
  });

  it('lists deliveries by state without what is in them', async () => {
    const { app, spool } = setUp();
    await spool.accept(delivery('a'));
    await spool.accept(delivery('h', { held: HELD }));
    const answer = await request(app).get('/deliveries?state=held').set(AUTH).expect(200);
    const { deliveries } = answer.body as { deliveries: Record<string, unknown>[] };
    expect(deliveries).to.have.length(1);
    expect(deliveries[0]).to.include({
      state: 'held',
      reason: 'unknown_event',
      received_at: '2026-09-03T10:00:00.000Z',
    });
    expect(answer.text).not.to.contain('changedAmount');
    await request(app).get('/deliveries?state=lost').set(AUTH).expect(400);
  });

  it('redrives a held delivery once', async () => {
    const { app, spool, woken } = setUp();
    const { event_id } = delivery('h');
    await spool.accept(delivery('h', { held: HELD }));
    await request(app)
      .post(`/deliveries/${event_id}/redrive`)
      .set(AUTH)
      .expect(200, { id: event_id, status: 'pending' });
    expect(woken).to.deep.equal(['plant']);
    await request(app).post(`/deliveries/${event_id}/redrive`).set(AUTH).expect(409);
    await request(app).post(`/deliveries/${event_id}/redrive?backend=other`).set(AUTH).expect(404);
    await request(app).post('/deliveries/nothing/redrive').set(AUTH).expect(404);
  });

  it('runs a scheduled read and tells what it found', async () => {
    const { app } = setUp();
    await request(app)
      .post('/reads/R/run')
      .set(AUTH)
      .expect(200, { reads: [OUTCOME] });
    await request(app).post('/reads/X/run').set(AUTH).expect(404);
  });
});
