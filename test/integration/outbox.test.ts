import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { ownDatabase } from '../../scripts/odoo/index.ts';
import { assets, type Asset } from '../helpers/atlas-assets.ts';
import { startSeededOdoo, type SeededOdoo } from '../helpers/odoo.ts';
import { productContractPath } from '../helpers/samples.ts';
import { ScriptedServer, type Reply, type SeenRequest } from '../helpers/scripted-server.ts';
import { SidecarHome, SidecarProcess } from '../helpers/sidecar-process.ts';

const LIMIT_MS = 120_000;

interface Row {
  state: string;
  external_id: string | false;
  code: string | false;
  doubt: boolean;
}

/** A change in a real Odoo, a real sidecar, a small server that plays the product. */
describe('a change in Odoo reaches the product once', function () {
  this.timeout(600_000);
  const records: Asset[] = [];
  const home = new SidecarHome();
  let odoo: SeededOdoo;
  let product: ScriptedServer;
  let productUrl: string;
  let sidecar: SidecarProcess | null = null;
  let instead: (request: SeenRequest) => Reply | null = () => null;

  before(async () => {
    odoo = await startSeededOdoo(ownDatabase('out'), []);
    await odoo.admin.call('ir.config_parameter', 'set_param', ['millwright.lease_seconds', '40']);
    product = new ScriptedServer(assets(records, (request) => instead(request)));
    productUrl = await product.listen();
  });
  after(async () => {
    await sidecar?.kill('SIGKILL');
    await product.close();
    home.remove();
    await odoo.stop();
  });

  function startSidecar(): SidecarProcess {
    const { admin, plant } = odoo;
    const env = home.env({
      ...{ odooUrl: admin.url, database: admin.db, code: plant.backendCode, key: plant.key },
      ...{ readUrl: productUrl, writeUrl: productUrl, contract: productContractPath('atlas') },
      env: { MILLWRIGHT_ENVIRONMENT: 'test', MILLWRIGHT_OUTBOX_POLL: '1' },
    });
    return new SidecarProcess(env);
  }

  async function rowOf(equipment: number): Promise<Row | undefined> {
    const domain = [
      ['record_model', '=', 'maintenance.equipment'],
      ['record_id', '=', equipment],
    ];
    const fields = ['state', 'external_id', 'code', 'doubt'];
    return (await odoo.admin.searchRead<Row & { id: number }>('millwright.outbox', domain, fields)).at(-1);
  }

  async function done(equipment: number): Promise<Row> {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const row = await rowOf(equipment);
      if (row?.state === 'done') return row;
      if (Date.now() > end) throw new Error(`not done: ${JSON.stringify(row)} ${sidecar?.stdout ?? ''}`);
      await delay(200);
    }
  }

  const named = (name: string) => records.filter((record) => record['name'] === name);

  it('makes it there and binds it here', async () => {
    sidecar = startSidecar();
    const equipment = await odoo.admin.create('maintenance.equipment', { name: 'Press 1', serial_no: 'P-1' });
    const row = await done(equipment);
    expect(row).to.include({ external_id: String(named('Press 1')[0]?.id), doubt: false });
    expect(named('Press 1')).to.have.length(1);
  });

  it('makes it once although the sidecar is killed after the product took it and before it said so', async () => {
    const killed = new Promise<void>((resolve) => {
      instead = ({ method, url }) => {
        if (method !== 'POST' || url !== '/assets') return null;
        void sidecar?.kill('SIGKILL').then(() => {
          resolve();
        });
        return 'hang';
      };
    });
    const equipment = await odoo.admin.create('maintenance.equipment', { name: 'Press 2', serial_no: 'P-2' });
    await killed;
    instead = () => null;
    expect(await rowOf(equipment)).to.include({ state: 'processing', external_id: false });
    sidecar = startSidecar();
    const row = await done(equipment);
    expect(named('Press 2')).to.have.length(1);
    expect(row).to.include({ external_id: String(named('Press 2')[0]?.id), code: 'found' });
  });
});
