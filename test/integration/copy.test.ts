import { expect } from 'chai';
import {
  connectOdoo,
  createDatabase,
  dropDatabase,
  ownDatabase,
  sql,
  startOdoo,
  type OdooClient,
  type OdooServer,
} from '../../scripts/odoo/index.ts';
import { startSeededOdoo, type Message, type SeededOdoo } from '../helpers/odoo.ts';

const ROWS = 'select state, attempts, count(*) from millwright_inbox group by state, attempts';
const WAITING = 30;

/** `createdb -T` of a database whose messages wait: the same address, key and rows under another name. */
describe('a copy of a database stays silent until it is confirmed', function () {
  this.timeout(600_000);
  const original = ownDatabase('orig');
  const copy = ownDatabase('copy');
  let odoo: SeededOdoo;
  const servers: OdooServer[] = [];

  before(async () => {
    odoo = await startSeededOdoo(original, []);
    await sql(`update ir_cron set active = false where cron_name like 'Millwright%'`, original);
    expect(await odoo.post(Array.from({ length: WAITING }, (_, n) => used(n)))).to.include('accepted');
    await odoo.server.stop();
    await createDatabase(copy, { from: original });
    for (const db of [original, copy])
      await sql(`update ir_cron set active = true where cron_name like 'Millwright%'`, db);
  });
  after(async () => {
    for (const server of servers) await server.stop();
    await dropDatabase(copy);
    await odoo.stop();
  });

  it('neither accepts, nor leases, nor posts; confirmed, it does; the original goes on', async () => {
    const before = await sql(ROWS, copy);
    const there = await serve(copy);
    await runOnce(there);
    expect(await sql(ROWS, copy))
      .to.equal(before)
      .and.to.match(/^pending\|0\|/);
    const batch = await call(there, 'events', []);
    expect(batch).to.include({ status: 409, code: 'copy_unconfirmed' });
    const lease = await call(there, 'outbox/lease', { environment: 'test', limit: 1 });
    expect(lease).to.include({ status: 409, code: 'copy_unconfirmed' });

    const wizard = await there.create('millwright.confirm.database', {
      kind: 'copy',
      environment: 'rehearsal',
    });
    await there.call('millwright.confirm.database', 'action_confirm', [[wizard]]);
    await runOnce(there);
    expect(await sql(ROWS, copy)).not.to.match(/pending|processing/);
    expect(await call(there, 'events', [])).to.include({ status: 200 });
    const stranger = await call(there, 'outbox/lease', { environment: 'test', limit: 1 });
    expect(stranger).to.include({ status: 409, code: 'environment_mismatch' });

    const here = await serve(original);
    expect(await call(here, 'events', [])).to.include({ status: 200 });
    await runOnce(here);
    expect(await sql(ROWS, original)).not.to.match(/pending|processing/);
  });

  async function serve(db: string): Promise<OdooClient> {
    // The test runs the job itself: a thread of Odoo's that holds it would refuse that.
    const args = ['--log-handler=odoo.addons.rpc.controllers.xmlrpc:ERROR'];
    const server = await startOdoo({ db, args, maxCronThreads: 0 });
    servers.push(server);
    await server.waitReady();
    return connectOdoo({ url: server.url, db, user: 'admin', password: 'admin' });
  }

  async function runOnce(admin: OdooClient): Promise<void> {
    const [cron] = await admin.search('ir.cron', [
      ['cron_name', '=', 'Millwright: carry out inbox messages'],
    ]);
    await admin.call('ir.cron', 'method_direct_trigger', [[cron]]);
  }

  async function call(
    admin: OdooClient,
    path: string,
    body: unknown,
  ): Promise<{ status: number; code?: string }> {
    const answer = await fetch(`${admin.url}/millwright/v1/${odoo.plant.backendCode}/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${odoo.plant.key}`,
        'content-type': 'application/json',
        'x-odoo-database': admin.db,
      },
      body: JSON.stringify(body),
    });
    const { error } = (await answer.json()) as { error?: { code: string } };
    return { status: answer.status, ...error };
  }
});

function used(number: number): Message {
  return {
    event: 'PART_QUANTITY_CHANGED',
    subject: `work_order/${number}`,
    payload: {
      ...{ workOrderTitle: 'Inspection', partName: 'Spring', companyId: 7, changedPart: null },
      ...{ previousQuantity: 10, newQuantity: 9, changedAmount: -1, partId: 1, workOrderId: number },
      occurredAt: '2026-09-01T08:00:00Z',
    },
  };
}
