import { expect } from 'chai';
import { assets, type Asset } from '../helpers/atlas-assets.ts';
import { OdooOutbox } from '../helpers/odoo-outbox.ts';
import { loadProductContract, productContractPath } from '../helpers/samples.ts';
import { ScriptedServer, type Reply, type SeenRequest } from '../helpers/scripted-server.ts';
import { SidecarHome, SidecarProcess } from '../helpers/sidecar-process.ts';

const REFERENCE = 'mw-5f1c7a2e';

describe('the outbox in a real process', function () {
  this.timeout(60_000);
  let home: SidecarHome;
  let odoo: ScriptedServer;
  let product: ScriptedServer;
  let outbox: OdooOutbox;
  let records: Asset[];
  let life: SidecarProcess | null;
  /** What happens instead of an answer, by what was called. */
  let atProduct: (request: SeenRequest) => Reply | null;
  let atOdoo: (request: SeenRequest) => Reply | null;

  beforeEach(() => {
    home = new SidecarHome();
    outbox = new OdooOutbox();
    records = [];
    life = null;
    atProduct = atOdoo = () => null;
    product = new ScriptedServer(assets(records, (request) => atProduct(request)));
    odoo = new ScriptedServer((request) => atOdoo(request) ?? outbox.answer(request.url, request.body));
    outbox.add({
      id: '0198f3a0-0000-7000-8000-000000000001',
      key: 'equipment/1',
      reference: REFERENCE,
      contract_hash: loadProductContract('atlas').hash,
    });
  });

  afterEach(async () => {
    if (life !== null) await life.kill('SIGKILL');
    await odoo.close();
    await product.close();
    home.remove();
  });

  async function start(writes = true): Promise<SidecarProcess> {
    const [odooUrl, productUrl] = await Promise.all([listen(odoo), listen(product)]);
    const options = { odooUrl, readUrl: productUrl, contract: productContractPath('atlas') };
    const env = home.env({
      ...options,
      ...(writes ? { writeUrl: productUrl } : {}),
      env: { MILLWRIGHT_OUTBOX_POLL: '1' },
    });
    life = new SidecarProcess(env);
    await life.line('listening');
    return life;
  }

  const urls = new Map<ScriptedServer, string>();
  async function listen(server: ScriptedServer): Promise<string> {
    const known = urls.get(server) ?? (await server.listen());
    urls.set(server, known);
    return known;
  }

  async function writtenBy(process: SidecarProcess): Promise<Record<string, unknown>> {
    const line = await process.line('written');
    while (outbox.settled.length === 0) await odoo.requests(odoo.seen.length + 1);
    return line;
  }

  it('writes a record once, with the credential for writes', async () => {
    const process = await start();
    expect(await writtenBy(process)).to.include({ status: 'done', code: 'created' });
    expect(records.map(({ additionalInfos }) => additionalInfos)).to.deep.equal([REFERENCE]);
    expect(product.seen[0]?.headers['x-api-key']).to.equal('key-of-writes');
    expect(outbox.rows[0]).to.include({ state: 'done', external_id: '410' });
    expect((await process.kill('SIGTERM')).code).to.equal(0);
  });

  it('makes one record when it is killed after the product took it and before it answered', async () => {
    const killed = new Promise<void>((resolve) => {
      atProduct = ({ method, url }) => {
        if (method !== 'POST' || url !== '/assets') return null;
        void life?.kill('SIGKILL').then(() => {
          resolve();
        });
        return 'hang';
      };
    });
    await start();
    await killed;
    expect(records).to.have.length(1);
    expect(outbox.rows[0]).to.include({ state: 'pending', leased: true, external_id: null });
    atProduct = () => null;
    outbox.expireLeases();
    expect(await writtenBy(await start())).to.include({ status: 'done', code: 'found' });
    expect(records.map(({ additionalInfos }) => additionalInfos)).to.deep.equal([REFERENCE]);
    expect(outbox.rows[0]).to.include({ state: 'done', external_id: '410' });
  });

  it('makes one record when it is killed before Odoo took the result', async () => {
    const killed = new Promise<void>((resolve) => {
      atOdoo = ({ url }) => {
        if (!url.endsWith('/settle')) return null;
        void life?.kill('SIGKILL').then(() => {
          resolve();
        });
        return 'hang';
      };
    });
    await start();
    await killed;
    expect(records).to.have.length(1);
    atOdoo = () => null;
    outbox.expireLeases();
    expect(await writtenBy(await start())).to.include({ status: 'done', code: 'found' });
    expect(records).to.have.length(1);
    expect(outbox.rows[0]).to.include({ state: 'done', external_id: '410', code: 'found' });
  });

  it('says aloud that a credential for reads alone writes nothing', async () => {
    const process = await start(false);
    expect(await process.line('writes_off')).to.deep.include({ flows: ['asset', 'work_order'] });
    await process.line('listening'); // only from here on it ends in order
    expect((await process.kill('SIGTERM')).code).to.equal(0);
    expect(odoo.seen.filter(({ url }) => url.includes('/outbox/'))).to.deep.equal([]);
    expect(outbox.rows[0]).to.include({ state: 'pending', attempts: 0 });
  });
});
