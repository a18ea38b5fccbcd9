import { expect } from 'chai';
import type { HttpAnswer, HttpRequest } from '../../../sidecar/http-client.ts';
import { needsFetch, runFetchPlan } from '../../../sidecar/sources/fetch-plan.ts';
import { loadFixtureContract, loadSample } from '../../helpers/samples.ts';

const { events } = loadFixtureContract('atlas');
const access = { base_url: 'http://cmms.example/api/', headers: { 'x-api-key': 'k' } };
const NOW = Date.parse('2026-09-03T10:00:00Z');

function rule(name: string) {
  const found = events[name];
  if (!found) throw new Error(name);
  return found;
}

function answering(...answers: Partial<HttpAnswer & { text: string }>[]) {
  const seen: HttpRequest[] = [];
  const call = (request: HttpRequest): Promise<HttpAnswer> => {
    const { status = 200, retryAfter = null, text = '{}' } = answers[seen.length] ?? {};
    seen.push(request);
    return Promise.resolve({ status, retryAfter, body: Buffer.from(text) });
  };
  return { seen, call };
}

async function failure(work: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    const { name, code, retryAfterMs } = error as Record<string, unknown>;
    return { name, code, retryAfterMs };
  }
  throw new Error('expected a failure');
}

const status = {
  workOrderId: 5120,
  newStatus: 'COMPLETE',
  occurredAt: '2026-09-03T10:30:00Z',
  changedWorkOrder: null,
};
const run = (name: string, payload: unknown, call: (r: HttpRequest) => Promise<HttpAnswer>) =>
  runFetchPlan(rule(name), payload, access, call, () => NOW);

describe('sidecar/sources/fetch-plan.ts', () => {
  it('reads nothing for a fat event, and what a thin one lacks', () => {
    expect(
      needsFetch(rule('NEW_ASSET'), JSON.parse(loadSample('atlas-cmms', 'asset_new').raw_body)),
    ).to.equal(false);
    expect(
      needsFetch(rule('NEW_ASSET'), JSON.parse(loadSample('atlas-cmms', 'asset_new_thin').raw_body)),
    ).to.equal(true);
    expect(
      needsFetch(rule('WORK_ORDER_STATUS_CHANGE'), { changedWorkOrder: {}, newStatus: 'OPEN' }),
    ).to.equal(false);
    expect(
      needsFetch(rule('WORK_ORDER_STATUS_CHANGE'), { changedWorkOrder: {}, newStatus: 'COMPLETE' }),
    ).to.equal(true);
  });

  it('makes the reads in order, with the credential, and keeps the answers as they came', async () => {
    const { seen, call } = answering(
      { text: '{"status":"COMPLETE", "n":1.0}' },
      { text: '[{"quantity":1.0}]' },
    );
    const fetched = await run('WORK_ORDER_STATUS_CHANGE', status, call);
    expect(fetched).to.deep.equal({
      text: '{"work_order":{"status":"COMPLETE", "n":1.0},"parts":[{"quantity":1.0}]}',
      movedOn: false,
    });
    expect(seen.map(({ url }) => url)).to.deep.equal([
      'http://cmms.example/api/work-orders/5120',
      'http://cmms.example/api/part-quantities/work-order/5120',
    ]);
    expect(seen[0]?.headers).to.include({ 'x-api-key': 'k' });
    expect(seen[0]?.timeoutMs).to.be.greaterThan(0);
  });

  it('skips a read whose condition does not hold', async () => {
    const { seen, call } = answering({ text: '{"status":"OPEN"}' });
    await run('WORK_ORDER_STATUS_CHANGE', { ...status, newStatus: 'OPEN' }, call);
    expect(seen).to.have.length(1);
  });

  it('takes a 404 for "not committed yet" and an older state for stale', async () => {
    expect(await failure(run('NEW_ASSET', { assetId: 1 }, answering({ status: 404 }).call))).to.include({
      code: 'not_there_yet',
    });
    const stale = answering({ text: '{"status":"OPEN"}' });
    expect(await failure(run('WORK_ORDER_STATUS_CHANGE', status, stale.call))).to.include({
      name: 'RetryableError',
      code: 'stale_read',
    });
  });

  it('takes what a newer delivery says for moved on, if that one would make the same call', async () => {
    const readBehind = (newer: Record<string, unknown>) => {
      const { call } = answering({ text: '{"status":"ON_HOLD"}' }, { text: '[]' });
      const said = [{ payload: { ...status, ...newer }, context: {} }];
      return runFetchPlan(
        rule('WORK_ORDER_STATUS_CHANGE'),
        status,
        access,
        call,
        () => NOW,
        {},
        () => said,
      );
    };
    expect(await readBehind({ newStatus: 'ON_HOLD' })).to.deep.equal({
      text: '{"work_order":{"status":"ON_HOLD"},"parts":[]}',
      movedOn: true,
    });
    for (const newer of [
      { newStatus: 'OPEN' },
      { newStatus: 'ON_HOLD', workOrderId: 5121 },
      { newStatus: 'ON_HOLD', workOrderId: null },
    ])
      expect(await failure(readBehind(newer))).to.include({ name: 'RetryableError', code: 'stale_read' });
  });

  it('holds or goes on without the record on a 404 where the contract says so', async () => {
    const plan = (missing: 'hold' | 'skip') => ({
      ...rule('NEW_ASSET'),
      fetch: rule('NEW_ASSET').fetch.map((f) => ({ ...f, missing })),
    });
    const gone = () => answering({ status: 404 }).call;
    const held = await failure(runFetchPlan(plan('hold'), { assetId: 1 }, access, gone(), () => NOW));
    expect(held).to.include({ name: 'PermanentError', code: 'record_missing' });
    expect(await runFetchPlan(plan('skip'), { assetId: 1 }, access, gone(), () => NOW)).to.include({
      text: '{"asset":null}',
    });
  });

  it('hears Retry-After in seconds and as a date', async () => {
    const seconds = answering({ status: 429, retryAfter: '7' });
    expect(await failure(run('NEW_ASSET', { assetId: 1 }, seconds.call))).to.include({
      code: 'source_unavailable',
      retryAfterMs: 7_000,
    });
    const date = answering({ status: 503, retryAfter: 'Thu, 03 Sep 2026 10:01:00 GMT' });
    expect(await failure(run('NEW_ASSET', { assetId: 1 }, date.call))).to.include({ retryAfterMs: 60_000 });
  });

  it('tells a refused credential from a failing source and from a bad read', async () => {
    const expected = {
      401: 'read_refused',
      403: 'read_refused',
      500: 'source_unavailable',
      400: 'read_failed',
    };
    for (const [code, name] of Object.entries(expected)) {
      expect(
        await failure(run('NEW_ASSET', { assetId: 1 }, answering({ status: Number(code) }).call)),
        code,
      ).to.include({ code: name });
    }
    const page = answering({ text: '<html>' });
    expect(await failure(run('NEW_ASSET', { assetId: 1 }, page.call))).to.include({
      code: 'source_unavailable',
    });
  });

  it('needs a read section and a path it can fill', async () => {
    const none = runFetchPlan(rule('NEW_ASSET'), { assetId: 1 }, null, answering().call, () => NOW);
    expect(await failure(none)).to.include({ code: 'read_not_configured' });
    expect(await failure(run('NEW_ASSET', {}, answering().call))).to.include({ code: 'read_path_missing' });
  });

  it('encodes values in a URL path', async () => {
    const { seen, call } = answering({});
    const spare = loadFixtureContract('acme').events['spare.used'];
    if (!spare) throw new Error('no rule');
    await runFetchPlan(spare, { spare: 'A/1 ?x' }, access, call, () => NOW);
    expect(seen[0]?.url).to.equal('http://cmms.example/api/spares/A%2F1%20%3Fx');
  });
});
