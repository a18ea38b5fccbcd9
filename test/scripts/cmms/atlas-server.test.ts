import { expect } from 'chai';
import { AtlasServer } from '../../../scripts/cmms/index.ts';

describe('the server that plays Atlas', () => {
  let now = 1000;
  let atlas: AtlasServer;

  beforeEach(async () => {
    now = 1000;
    atlas = await AtlasServer.start({ apiKey: 'key', now: () => now });
  });
  afterEach(() => atlas.close());

  async function get(
    path: string,
    key = 'key',
  ): Promise<{ status: number; body: unknown; retryAfter: string | null }> {
    const response = await fetch(atlas.url + path, { headers: { 'x-api-key': key } });
    return {
      status: response.status,
      body: await response.json(),
      retryAfter: response.headers.get('retry-after'),
    };
  }

  it('answers 404 until the record is committed, and the old state until a change is', async () => {
    atlas.publish('/assets/1', { id: 1, status: 'OPERATIONAL' }, { version: '1', visibleInMs: 10 });
    expect((await get('/assets/1')).status).to.equal(404);
    now += 10;
    atlas.publish('/assets/1', { id: 1, status: 'DOWN' }, { version: '2', visibleInMs: 10 });
    expect((await get('/assets/1')).body).to.deep.equal({ id: 1, status: 'OPERATIONAL' });
    now += 10;
    expect((await get('/assets/1')).body).to.deep.equal({ id: 1, status: 'DOWN' });
  });

  it('does not bring an older state back when it is published late', async () => {
    atlas.publish('/work-orders/1', { id: 1, title: 'new' }, { version: '2' });
    atlas.publish('/work-orders/1', { id: 1, title: 'old' }, { version: '1' });
    expect((await get('/work-orders/1')).body).to.deep.equal({ id: 1, title: 'new' });
    atlas.publish('/work-orders/1', null, { version: '3' });
    expect((await get('/work-orders/1')).status).to.equal(404);
  });

  it('answers 401 without the key and 429 without Retry-After when it is too much', async () => {
    atlas.publish('/assets/1', { id: 1 });
    expect((await get('/assets/1', 'other')).status).to.equal(401);
    atlas.limitNext(1);
    expect(await get('/assets/1')).to.include({ status: 429, retryAfter: null });
    expect((await get('/assets/1')).status).to.equal(200);
  });

  it('gives the page object of a search', async () => {
    for (let id = 1; id <= 5; id += 1)
      atlas.publish(`/work-orders/${id}`, { id, status: id === 3 ? 'COMPLETE' : 'OPEN' });
    const body = {
      filterFields: [{ field: 'status', operation: 'in', values: ['OPEN'] }],
      pageNum: 1,
      pageSize: 3,
    };
    const response = await fetch(`${atlas.url}/work-orders/search`, {
      method: 'POST',
      headers: { 'x-api-key': 'key' },
      body: JSON.stringify(body),
    });
    expect(await response.json()).to.deep.include({
      content: [{ id: 5, status: 'OPEN' }],
      last: true,
      totalElements: 4,
      totalPages: 2,
    });
  });

  it('lists no parts for an order that has used none', async () => {
    expect((await get('/part-quantities/work-order/1')).status).to.equal(404);
    atlas.publish('/work-orders/1', { id: 1 });
    expect(await get('/labors/work-order/1')).to.deep.include({ status: 200, body: [] });
  });
});
