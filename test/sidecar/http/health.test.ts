import { expect } from 'chai';
import request from 'supertest';
import { createApp } from '../../../sidecar/app.ts';
import { SpoolError } from '../../../sidecar/errors.ts';
import { TOLERATED_OUTAGE_MS } from '../../../sidecar/http/health.ts';
import { silentLogger } from '../../../sidecar/logger.ts';
import { createMetrics } from '../../../sidecar/metrics.ts';
import { MemorySpool } from '../../../sidecar/spool/memory-spool.ts';
import type { DeliveryStatus } from '../../../sidecar/status.ts';
import { delivery } from '../../helpers/deliveries.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

function setUp(status: Partial<DeliveryStatus> = {}) {
  const spool = new MemorySpool();
  const clock = new FakeClock();
  const full: DeliveryStatus = { state: 'idle', reason: null, since: null, ...status };
  const app = createApp({
    sources: new Map(), spool, clock, log: silentLogger, metrics: createMetrics(), wake: () => {}, draining: () => false,
    backends: ['plant'], status: () => full,
  }); // prettier-ignore
  return { app, spool, clock };
}

describe('sidecar/http/health.ts', () => {
  it('is live, and ready when the spool takes a write and deliveries get through', async () => {
    const { app } = setUp();
    await request(app).get('/health/live').expect(200);
    await request(app).get('/health/ready').expect(200, { status: 'ready', reasons: [] });
  });

  it('is not ready, and says why, when Odoo or the product refuses a backend', async () => {
    const { app } = setUp({ state: 'blocked', reason: 'http_401: no' });
    await request(app)
      .get('/health/ready')
      .expect(503, { status: 'not_ready', reasons: ['plant: blocked: http_401: no'] });
  });

  it('bears an outage of Odoo for a while, then says so', async () => {
    const { clock } = setUp();
    const short = setUp({ state: 'waiting', reason: 'network', since: clock.now() - TOLERATED_OUTAGE_MS });
    await request(short.app).get('/health/ready').expect(200);
    const long = setUp({ state: 'waiting', reason: 'network', since: clock.now() - TOLERATED_OUTAGE_MS - 1 });
    await request(long.app).get('/health/ready').expect(503);
  });

  it('is not ready when the spool cannot write', async () => {
    const { app, spool } = setUp();
    spool.setMark = () => Promise.reject(new SpoolError('full'));
    await request(app)
      .get('/health/ready')
      .expect(503, { status: 'not_ready', reasons: ['spool: cannot be written'] });
  });

  it('shows depth by state and the oldest age as metrics', async () => {
    const { app, spool, clock } = setUp();
    await spool.accept(delivery('a'));
    clock.advance(30_000);
    const { text } = await request(app).get('/metrics').expect(200);
    expect(text).to.contain('millwright_deliveries{backend="plant",state="pending"} 1');
    expect(text).to.contain('millwright_oldest_pending_seconds{backend="plant"} 30');
  });

  it('answers 404 in JSON to everything else, the admin routes included', async () => {
    const { app } = setUp();
    await request(app).get('/summary').expect(404).expect('content-type', /json/);
  });
});
