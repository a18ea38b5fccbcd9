import { expect } from 'chai';
import type { HttpAnswer, HttpRequest } from '../../../sidecar/http-client.ts';
import { silentLogger } from '../../../sidecar/logger.ts';
import { createMetrics } from '../../../sidecar/metrics.ts';
import { ScheduledReads } from '../../../sidecar/pull/scheduled-reads.ts';
import { createSource } from '../../../sidecar/sources/source.ts';
import { MemorySpool } from '../../../sidecar/spool/memory-spool.ts';
import { FakeClock, turns } from '../../helpers/fake-clock.ts';
import { loadFixtureContract } from '../../helpers/samples.ts';

type Page = { status?: number; text: string; retryAfter?: string };

function setUp(
  product: 'atlas' | 'acme',
  pages: (request: HttpRequest, index: number) => Page,
  spool = new MemorySpool(),
) {
  const clock = new FakeClock();
  const seen: HttpRequest[] = [];
  const woken: string[] = [];
  const call = (request: HttpRequest): Promise<HttpAnswer> => {
    seen.push(request);
    const { status = 200, text, retryAfter = null } = pages(request, seen.length - 1);
    return Promise.resolve({ status, retryAfter, body: Buffer.from(text) });
  };
  const read = { base_url: 'http://cmms', credential: 'k' };
  const contract = loadFixtureContract(product);
  const source = createSource({
    backend: 'plant',
    environment: 'test',
    contract,
    secrets: [],
    read,
    call,
    now: () => clock.now(),
  });
  const sources = new Map([['plant', source]]);
  const metrics = createMetrics();
  const reads = new ScheduledReads({
    sources,
    spool,
    clock,
    log: silentLogger,
    metrics,
    wake: (b) => void woken.push(b),
  });
  return { reads, clock, spool, seen, woken };
}

const ATLAS = 'OPEN_WORK_ORDERS_READ';
const order = (id: number, at = '2026-09-03T09:00:00Z') =>
  `{"id":${id},"updatedAt":"${at}","estimatedDuration":1.0,"big":12345678901234567890}`;
const page = (last: boolean, ...items: string[]): Page => ({
  text: `{"content":[${items.join(',')}],"last":${last}}`,
});

describe('sidecar/pull/scheduled-reads.ts', () => {
  it('turns every item of every page into a delivery of the read, digits kept', async () => {
    const { reads, spool, seen, woken } = setUp('atlas', (_r, index) =>
      index === 0 ? page(false, order(1), order(2)) : page(true, order(3)),
    );
    const [outcome] = (await reads.runNow(ATLAS)) ?? [];
    expect(outcome).to.include({ pages: 2, items: 3, accepted: 3, error: null });
    const bodies = seen.map(({ body }) => JSON.parse(String(body)) as Record<string, unknown>);
    expect(bodies.map(({ pageNum, pageSize }) => [pageNum, pageSize])).to.deep.equal([[0, 50], [1, 50]]); // prettier-ignore
    expect(bodies[0]).to.include({ sortField: 'id' });
    expect(seen[0]).to.include({ method: 'POST', url: 'http://cmms/work-orders/search' });
    expect(spool.list({ limit: 1 })[0]).to.include({
      event: ATLAS,
      origin: 'read',
      subject: 'work_order/3',
      state: 'pending',
    });
    expect(spool.body(1)?.toString()).to.equal(order(1));
    expect(woken).to.deep.equal(['plant']);
  });

  it('knows what it has read before, and takes a change for new', async () => {
    let at = '2026-09-03T09:00:00Z';
    const { reads, spool } = setUp('atlas', () => page(true, order(1, at)));
    await reads.runNow(ATLAS);
    expect((await reads.runNow(ATLAS))?.[0]).to.include({ accepted: 0, duplicates: 1 });
    at = '2026-09-03T09:30:00Z';
    expect((await reads.runNow(ATLAS))?.[0]).to.include({ accepted: 1 });
    expect(spool.counts('plant')).to.include({ pending: 2, duplicates: 0 });
  });

  it('pages a GET by query from the first number of the contract', async () => {
    const { reads, seen } = setUp('acme', (_r, index) => ({
      text: JSON.stringify({ data: { rows: [{ no: `J${index}`, rev: 1 }], end: index === 1 } }),
    }));
    expect((await reads.runNow('jobs.read'))?.[0]).to.include({ pages: 2, accepted: 2 });
    expect(seen.map(({ url }) => url)).to.deep.equal([
      'http://cmms/jobs?page=1&per_page=2',
      'http://cmms/jobs?page=2&per_page=2',
    ]);
  });

  it('holds an item it cannot identify and takes the others', async () => {
    const { reads } = setUp('atlas', () => page(true, '{"other":1}', order(1)));
    expect((await reads.runNow(ATLAS))?.[0]).to.include({ held: 1, accepted: 1 });
  });

  it('runs when it is due, also after a restart, and never twice at once', async () => {
    const { reads, clock, seen, spool } = setUp('atlas', () => page(true));
    reads.tick();
    reads.tick();
    await turns();
    expect(seen).to.have.length(1);
    clock.advance(899_000);
    reads.tick();
    await turns();
    expect(seen).to.have.length(1);
    clock.advance(1_000);
    reads.tick();
    await turns();
    expect(seen).to.have.length(2);
    const restarted = setUp('atlas', () => page(true), spool);
    restarted.reads.tick();
    await turns();
    expect(restarted.seen, 'it ran a moment ago').to.have.length(0);
  });

  it('comes again after a minute when it failed, or when the product asks, and says why', async () => {
    const { reads, clock, seen } = setUp('atlas', (_r, index) =>
      index === 0 ? { status: 500, text: '' } : { status: 429, text: '', retryAfter: '300' },
    );
    expect((await reads.runNow(ATLAS))?.[0]?.error).to.contain('500');
    clock.advance(60_000);
    reads.tick();
    await turns();
    expect(seen).to.have.length(2);
    clock.advance(299_000);
    reads.tick();
    await turns();
    expect(seen).to.have.length(2);
    clock.advance(1_000);
    reads.tick();
    await turns();
    expect(seen).to.have.length(3);
  });

  it('says when the answer has no items, and knows no other read', async () => {
    const { reads } = setUp('atlas', () => ({ text: '{"rows":[]}' }));
    expect((await reads.runNow(ATLAS))?.[0]?.error).to.contain('no list of items');
    expect(reads.runNow('OTHER')).to.equal(null);
  });

  it('ends a read in flight after its page when the process goes down', async () => {
    const { reads, seen } = setUp('atlas', () => page(false, order(1)));
    const run = reads.runNow(ATLAS);
    await reads.stop();
    expect((await run)?.[0]).to.include({ pages: 1 });
    expect(seen).to.have.length(1);
    reads.tick();
    expect(seen).to.have.length(1);
  });
});
