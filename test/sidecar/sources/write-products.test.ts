import { expect } from 'chai';
import { runWrite, type OutboxMessage, type WriteOutcome } from '../../../sidecar/sources/write-plan.ts';
import { loadProductContract } from '../../helpers/samples.ts';
import type { Reply, SeenRequest } from '../../helpers/scripted-server.ts';
import { Product, REFERENCE, message } from '../../helpers/writes.ts';

/** Writes to the products whose peculiarities the language has to carry; answers as their pages describe them. */
describe('writes of the products', () => {
  let product: Product;
  afterEach(() => product.stop());

  async function run(
    code: string,
    credential: string,
    reply: (request: SeenRequest, index: number) => Reply,
    ...messages: OutboxMessage[]
  ): Promise<WriteOutcome[]> {
    product = new Product(loadProductContract(code), reply);
    const link = await product.start(credential);
    const outcomes: WriteOutcome[] = [];
    for (const item of messages) {
      outcomes.push(await runWrite(product.flow(item.flow), item, link));
      product.time += 60_000;
    }
    return outcomes;
  }

  const lines = (): string[] =>
    product.server.seen.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`);

  describe('MaintainX', () => {
    const order = {
      flow: 'work_order',
      fields: {
        name: 'Panel check',
        status: 'open',
        priority: 'low',
        planned_hours: '0.333333',
        equipment: { value: '1001' },
      },
    };

    it('keeps the product silent about our write, in seconds and with our key', async () => {
      const [outcome] = await run(
        'maintainx',
        'token',
        () => ({ status: 201, body: { id: 700100 } }),
        message(order),
      );
      expect(outcome).to.include({ status: 'done', external_id: '700100' });
      expect(product.calls()).to.deep.equal([
        [
          'POST',
          '/v1/workorders?skipWebhook=true',
          {
            title: 'Panel check',
            priority: 'LOW',
            assetId: 1001,
            estimatedTime: 1200,
            externalData: REFERENCE,
          },
        ],
      ]);
    });

    it('goes through all pages for our key after a lost answer', async () => {
      const made: unknown[] = [];
      const reply = ({ method, url, body }: SeenRequest, index: number): Reply => {
        if (method === 'POST') made.push({ id: 700100, ...(JSON.parse(body) as object) });
        if (index === 0) return 'drop';
        if (method !== 'GET') return { status: 200, body: {} };
        return url.includes('cursor=c2')
          ? { status: 200, body: { workOrders: made, nextCursor: null } }
          : { status: 200, body: { workOrders: [{ id: 1, externalData: null }], nextCursor: 'c2' } };
      };
      const [lost, found] = await run(
        'maintainx',
        'token',
        reply,
        message(order),
        message({ ...order, attempts: 2 }),
      );
      expect(lost).to.include({ status: 'retry', code: 'answer_lost' });
      expect(found).to.include({ status: 'done', code: 'found', external_id: '700100' });
      expect(made).to.have.length(1);
      expect(lines().at(-1)).to.equal('PATCH /v1/workorders/700100?skipWebhook=true');
    });
  });

  describe('Maximo', () => {
    const update = { operation: 'update' as const, external_id: '11430@BEDFORD', changed: ['name'] };

    it('finds the opaque address, and merges what changed into it by POST', async () => {
      const reply = ({ method, headers }: SeenRequest): Reply =>
        method === 'GET'
          ? {
              status: 200,
              body: { member: [{ href: `http://${headers.host ?? ''}/os/mxapiasset/_MTE0MzA-` }] },
            }
          : { status: 200, body: { changedate: '2026-09-03T12:00:00+02:00' } };
      const [outcome] = await run('maximo', 'key', reply, message(update));
      expect(outcome).to.include({ status: 'done', remote_version: '2026-09-03T12:00:00+02:00' });
      const [found, saved] = product.server.seen;
      expect(new URL(found?.url ?? '', 'http://x').searchParams.get('oslc.where')).to.equal(
        'assetnum="11430" and siteid="BEDFORD"',
      );
      expect(saved).to.deep.include({ method: 'POST', body: '{"description":"Conveyor 2"}' });
      expect(saved?.headers).to.include({ 'x-method-override': 'PATCH', patchtype: 'MERGE', apikey: 'key' });
    });

    it('says that a record is gone when the search is empty, and writes to no other host', async () => {
      const [gone, foreign] = await run(
        'maximo',
        'key',
        (_request, index) => ({
          status: 200,
          body: { member: index === 0 ? [] : [{ href: 'http://evil.example/x' }] },
        }),
        message(update),
        message(update),
      );
      expect(gone).to.include({ status: 'held', code: 'record_gone' });
      expect(foreign).to.include({ status: 'held', code: 'write_address_foreign' });
      expect(product.server.seen.every(({ method }) => method === 'GET')).to.equal(true);
    });

    it('makes the id of number and site', async () => {
      const [outcome] = await run(
        'maximo',
        'key',
        () => ({ status: 201, body: { assetnum: '11431', siteid: 'bedford', changedate: 'c' } }),
        message(),
      );
      expect(outcome).to.include({ status: 'done', external_id: '11431@BEDFORD' });
    });
  });

  describe('SAP', () => {
    const grant = { status: 200, body: { access_token: 't', expires_in: 3600 } };
    const fetched = (value: string) => ({
      status: 200,
      headers: { 'x-csrf-token': value, 'set-cookie': [`session=${value}; path=/`, 'sap=1; secure'] },
    });
    const created = {
      status: 201,
      body: { d: { Equipment: '000000000010000045' } },
      headers: { etag: 'W/"1"' },
    };

    it('fetches token and cookie first, and once more when the token is over', async () => {
      let tokens = 0;
      const reply = ({ method, url, headers }: SeenRequest): Reply => {
        if (url.endsWith('/oauth/token')) return grant;
        if (method === 'GET') return fetched(`T${(tokens += 1)}`);
        const over =
          tokens === 1 && product.server.seen.filter((seen) => seen.url.endsWith('/Equipment')).length > 1;
        if (over) return { status: 403, headers: { 'x-csrf-token': 'Required' } };
        return headers['x-csrf-token'] === `T${tokens}` ? created : { status: 403 };
      };
      const [first, second] = await run(
        'sap_s4',
        'id:secret',
        reply,
        message({ flow: 'equipment' }),
        message({ flow: 'equipment', reference: 'mw-other' }),
      );
      expect(first).to.include({ status: 'done', external_id: '10000045', remote_version: 'W/"1"' });
      expect(second).to.include({ status: 'done', external_id: '10000045' });
      expect(tokens).to.equal(2);
      const asked = product.server.seen.find(({ method }) => method === 'GET');
      expect(asked?.headers).to.include({ 'x-csrf-token': 'Fetch', authorization: 'Bearer t' });
      expect(product.server.seen.at(-1)?.headers).to.include({
        'x-csrf-token': 'T2',
        cookie: 'session=T2; sap=1',
      });
      const sent = JSON.parse(product.server.seen.at(-1)?.body ?? '') as Record<string, unknown>;
      expect(sent).to.include({ EquipmentName: 'Conveyor 2', InventoryNumber: 'mw-other' });
    });

    it('stops when the credential is refused and not the token', async () => {
      const reply = ({ method, url }: SeenRequest): Reply =>
        url.endsWith('/oauth/token') ? grant : method === 'GET' ? fetched('T1') : { status: 403 };
      const [outcome] = await run('sap_s4', 'id:secret', reply, message({ flow: 'equipment' }));
      expect(outcome).to.include({ status: 'retry', code: 'write_refused', refused: true });
    });
  });

  describe('Fiix', () => {
    it('signs the call, types the id and reads an error out of a 200', async () => {
      const replies: Reply[] = [
        {
          status: 200,
          body: { _maCn: 'AddResponse', object: { id: 410, dtmDateLastModified: 1788431000000 } },
        },
        { status: 200, body: { _maCn: 'ChangeResponse', error: { code: 5 } } },
      ];
      const [made, refused] = await run(
        'fiix',
        'app:access:secret',
        (_request, index) => replies[index] ?? 'drop',
        message(),
        message({ operation: 'update', external_id: '410' }),
      );
      expect(made).to.include({ status: 'done', external_id: '410', remote_version: '1788431000000' });
      expect(refused).to.include({ status: 'held', code: 'request_refused' });
      const [first, second] = product.server.seen;
      expect(first?.headers['authorization']).to.match(/^[0-9a-f]{64}$/);
      expect(first?.headers['content-type']).to.equal('text/plain');
      expect(first?.url).to.contain('appKey=app').and.to.contain('accessKey=access');
      expect((JSON.parse(second?.body ?? '') as { object: object }).object).to.include({ id: 410 });
    });
  });
});
