import { expect } from 'chai';
import { runWrite, type OutboxMessage, type WriteOutcome } from '../../../sidecar/sources/write-plan.ts';
import { assets, type Asset } from '../../helpers/atlas-assets.ts';
import { loadProductContract } from '../../helpers/samples.ts';
import type { Reply, SeenRequest } from '../../helpers/scripted-server.ts';
import { Product, REFERENCE, message } from '../../helpers/writes.ts';

describe('sidecar/sources/write-plan.ts', () => {
  const contract = loadProductContract('atlas');
  let product: Product;
  afterEach(() => product.stop());

  async function run(
    reply: (request: SeenRequest, index: number) => Reply,
    ...messages: OutboxMessage[]
  ): Promise<WriteOutcome[]> {
    product = new Product(contract, reply);
    const link = await product.start();
    const outcomes: WriteOutcome[] = [];
    for (const item of messages) {
      outcomes.push(await runWrite(product.flow(item.flow), item, link));
      product.time += 60_000; // beyond any pause that the product asked for
    }
    return outcomes;
  }

  it('creates with our own key in the record, and captures id and version', async () => {
    const records: Asset[] = [];
    const [outcome] = await run(assets(records), message());
    expect(outcome).to.deep.equal({
      status: 'done',
      external_id: '410',
      remote_version: '2026-09-03T10:05:01Z',
      code: 'created',
      message: '',
      retryAfterMs: null,
    });
    const sent = {
      name: 'Conveyor 2',
      serialNumber: 'BC-2207',
      description: null,
      additionalInfos: REFERENCE,
    };
    expect(product.calls()).to.deep.equal([['POST', '/assets', sent]]);
    expect(product.server.seen[0]?.headers['x-api-key']).to.equal('key-of-writes');
  });

  it('makes one record when the product took the first try and its answer was lost', async () => {
    const records: Asset[] = [];
    const reply = assets(records, (_request, index) => (index === 0 ? 'drop' : null));
    const [lost, found] = await run(reply, message(), message({ attempts: 2 }));
    expect(lost).to.include({
      status: 'retry',
      code: 'answer_lost',
      external_id: null,
      retryAfterMs: 30_000,
    });
    expect(found).to.include({ status: 'done', code: 'found', external_id: '410' });
    expect(records.map(({ additionalInfos }) => additionalInfos)).to.deep.equal([REFERENCE]);
  });

  it('looks first when a lease ended without a word, and brings what it finds up to date', async () => {
    const records = [
      { id: 7, additionalInfos: 'somebody else' },
      { id: 8, additionalInfos: REFERENCE, name: 'Conveyor' },
    ];
    const [outcome] = await run(assets(records), message({ doubt: true, changed: [] }));
    expect(outcome).to.include({ status: 'done', code: 'found', external_id: '8' });
    expect(records[1]).to.include({ name: 'Conveyor 2', serialNumber: 'BC-2207' });
    expect(product.calls().map(([method, url]) => `${method} ${url}`)).to.deep.equal([
      'POST /assets/search',
      'PATCH /assets/8',
    ]);
  });

  it('leaves it to a person which of two records with our key it is', async () => {
    const records = [8, 9].map((id) => ({ id, additionalInfos: REFERENCE }));
    const [outcome] = await run(assets(records), message({ doubt: true }));
    expect(outcome).to.include({ status: 'held', code: 'look_up_ambiguous' });
    expect(records).to.have.length(2);
  });

  it('writes what changed and nothing else, and does not call when that is not written there', async () => {
    const records = [{ id: 8, additionalInfos: REFERENCE, name: 'old', model: 'BX12' }];
    const update = { operation: 'update' as const, external_id: '8' };
    const [renamed, elsewhere] = await run(
      assets(records),
      message({ ...update, changed: ['name'] }),
      message({ ...update, changed: ['category'] }),
    );
    expect(renamed).to.include({ status: 'done', code: 'updated', remote_version: '2026-09-03T10:06:00Z' });
    expect(elsewhere).to.include({ status: 'done', code: 'updated', remote_version: null });
    expect(product.calls()).to.deep.equal([['PATCH', '/assets/8', { name: 'Conveyor 2' }]]);
  });

  it('finds the record of a change whose create was never acknowledged', async () => {
    const records = [{ id: 8, additionalInfos: REFERENCE }];
    const [outcome, unknown] = await run(
      assets(records),
      message({ operation: 'update' }),
      message({ operation: 'update', reference: 'never made' }),
    );
    expect(outcome).to.include({ status: 'done', external_id: '8' });
    expect(unknown).to.include({ status: 'held', code: 'record_unbound' });
  });

  it('says that a record is gone, and takes a gone one for deleted', async () => {
    const [changed, deleted, never] = await run(
      assets([]),
      message({ operation: 'update', external_id: '8' }),
      message({ operation: 'delete', external_id: '8' }),
      message({ operation: 'delete', external_id: null }),
    );
    expect(changed).to.include({ status: 'held', code: 'record_gone' });
    expect(deleted).to.include({ status: 'done', code: 'gone' });
    expect(never).to.include({ status: 'done', code: 'nothing_there' });
  });

  it('comes again after a 429 without Retry-After, and looks before it creates again', async () => {
    const records: Asset[] = [];
    const limit = { status: 429, body: { error: 'Too Many Requests' } };
    const reply = assets(records, (_request, index) => (index === 0 ? limit : null));
    const [limited, made] = await run(reply, message(), message({ attempts: 2 }));
    expect(limited).to.include({ status: 'retry', code: 'http_429', retryAfterMs: 30_000 });
    expect(made).to.include({ status: 'done', code: 'created' });
    expect(records).to.have.length(1);
  });

  it('tells a refused credential from a refused record', async () => {
    const [refused, invalid] = await run(
      (_request, index) => ({ status: index === 0 ? 401 : 422 }),
      message(),
      message({ fields: { name: 'Conveyor 2' } }),
    );
    expect(refused).to.include({ status: 'retry', code: 'write_refused', refused: true });
    expect(invalid).to.include({ status: 'held', code: 'http_422' });
  });

  it('makes several calls in order, and goes on behind the one that made the record', async () => {
    const order = message({
      flow: 'work_order',
      fields: {
        name: 'Belt',
        status: 'in_progress',
        priority: 'high',
        planned_hours: '1.5',
        equipment: { ref: 'equipment', by: 'external_id', value: '410' },
      },
    });
    const [outcome] = await run(
      (request) => ({ status: 200, body: { id: 5120, updatedAt: request.method } }),
      order,
    );
    expect(outcome).to.include({ status: 'done', external_id: '5120', remote_version: 'PATCH' });
    expect(product.calls()).to.deep.equal([
      [
        'POST',
        '/work-orders',
        { title: 'Belt', priority: 'HIGH', estimatedDuration: 1.5, asset: { id: 410 } },
      ],
      ['PATCH', '/work-orders/5120/change-status', { status: 'IN_PROGRESS' }],
    ]);
  });

  it('keeps the id when a later call fails, and does not make the record again', async () => {
    const order = { flow: 'work_order', fields: { name: 'Belt', status: 'done' } };
    const reply = (request: SeenRequest, index: number): Reply =>
      index === 1 ? { status: 503 } : { status: 200, body: { id: 5120, path: request.url } };
    const [half] = await run(reply, message(order));
    expect(half).to.include({ status: 'retry', code: 'http_503', external_id: '5120' });
    await product.stop();
    const [whole] = await run(reply, message({ ...order, attempts: 2, external_id: '5120' }));
    expect(whole).to.include({ status: 'retry', external_id: '5120' });
    expect(product.calls().map(([method]) => method)).to.deep.equal(['PATCH', 'PATCH']);
  });

  it('leaves a create in doubt to a person where the product keeps no key of ours', async () => {
    const order = { flow: 'work_order', fields: { name: 'Belt', status: 'open' }, doubt: true };
    const [outcome] = await run(() => ({ status: 200, body: { id: 1 } }), message(order));
    expect(outcome).to.include({ status: 'held', code: 'write_in_doubt' });
    expect(product.server.seen).to.have.length(0);
  });

  it('asks a person at once when such a create may have been made, and comes again when it surely was not', async () => {
    const order = { flow: 'work_order', fields: { name: 'Belt', status: 'open' } };
    const replies: Reply[] = ['drop', { status: 502 }, { status: 429 }, { status: 200, body: { id: 5120 } }];
    const [lost, failed, limited, made] = await run(
      (_request, index) => replies[index] ?? 'hang',
      message(order),
      message(order),
      message(order),
      message({ ...order, attempts: 2 }),
    );
    for (const outcome of [lost, failed])
      expect(outcome).to.include({ status: 'held', code: 'write_in_doubt' });
    expect(limited).to.include({ status: 'retry', code: 'http_429' });
    expect(made).to.include({ status: 'done', external_id: '5120' });
  });

  it('holds what the product has no word for, before any call', async () => {
    const order = { flow: 'work_order', fields: { name: 'Belt', status: 'cancelled' } };
    const [outcome, text] = await run(
      () => ({ status: 200 }),
      message(order),
      message({ flow: 'work_order', fields: { name: 'Belt', equipment: { value: 'ten' } } }),
    );
    expect(outcome).to.include({ status: 'held', code: 'value_unknown' });
    expect(text).to.include({ status: 'held', code: 'value_not_whole' });
    expect(product.server.seen).to.have.length(0);
  });
});
