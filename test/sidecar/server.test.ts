import { expect } from 'chai';
import { ATLAS_SECRET, loadSample, movement, signAtlas } from '../helpers/samples.ts';
import { ScriptedServer, acceptAll, eventsOf, type Reply } from '../helpers/scripted-server.ts';
import { SidecarHome, SidecarProcess } from '../helpers/sidecar-process.ts';

const ADMIN = { authorization: 'Bearer admin-token' };

async function send(
  address: string,
  index: number,
  workOrder?: number,
): Promise<{ id: string; status: string }> {
  const { event, raw } = movement(index, workOrder);
  const answer = await fetch(`${address}/callbacks/plant-atlas`, {
    method: 'POST',
    headers: signAtlas(event, raw),
    body: raw,
  });
  expect(answer.status).to.equal(202);
  return (await answer.json()) as { id: string; status: string };
}

async function summary(admin: string): Promise<Record<string, number>> {
  const answer = await fetch(`${admin}/summary`, { headers: ADMIN });
  const { backends } = (await answer.json()) as { backends: Record<string, Record<string, number>> };
  return backends['plant-atlas'] ?? {};
}

describe('sidecar/server.ts', function () {
  this.timeout(30_000);
  const homes: SidecarHome[] = [];
  const open: { close(): Promise<void> }[] = [];
  const processes: SidecarProcess[] = [];

  async function odoo(reply: (...args: Parameters<ReturnType<typeof acceptAll>>) => Reply | Promise<Reply>) {
    const server = new ScriptedServer(reply);
    open.push(server);
    return { server, url: await server.listen() };
  }

  function newHome(): SidecarHome {
    const made = new SidecarHome();
    homes.push(made);
    return made;
  }

  function launch(env: Record<string, string>): SidecarProcess {
    const child = new SidecarProcess(env);
    processes.push(child);
    return child;
  }

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((child) => child.kill('SIGKILL')));
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
  after(() => {
    homes.forEach((home) => {
      home.remove();
    });
  });

  it('carries a callback to the addon with key and database, its body byte for byte', async () => {
    const { server, url } = await odoo(acceptAll());
    const child = launch(newHome().env({ odooUrl: url }));
    const { callbacks } = await child.addresses();
    const { raw } = movement(1);
    await send(callbacks, 1);
    await server.requests(1);
    const [request] = server.seen;
    expect(request?.url).to.equal('/millwright/v1/plant-atlas/events');
    expect(request?.headers.authorization).to.equal('Bearer key-of-odoo');
    expect(request?.headers['x-odoo-database']).to.equal('plant');
    expect(request?.body).to.contain(`"payload":${raw},"fetched":{}`);
    expect(child.stdout).not.to.contain('Tension spring');
    for (const secret of ['key-of-odoo', ATLAS_SECRET, 'admin-token'])
      expect(child.stdout).not.to.contain(secret);
  });

  it('loses nothing accepted when it is killed between store and delivery', async () => {
    const { server, url } = await odoo(() => 'hang');
    const home = newHome();
    const first = launch(home.env({ odooUrl: url }));
    const { callbacks } = await first.addresses();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => send(callbacks, index, 5000 + (index % 7))),
    );
    await server.requests(1);
    await first.kill('SIGKILL');

    const again = await odoo(acceptAll());
    const second = launch(home.env({ odooUrl: again.url }));
    const { admin, callbacks: back } = await second.addresses();
    await again.server.requests(1);
    expect((await send(back, 0, 5000)).status).to.equal('duplicate');
    expect((await second.kill('SIGTERM')).code).to.equal(0);
    expect(admin).to.match(/^http/);
    const delivered = again.server.seen.flatMap((request) => eventsOf(request));
    expect(delivered.map(({ id }) => id)).to.have.members(answers.map(({ id }) => id));
    const sequences = delivered.map(({ sequence }) => sequence);
    expect(sequences).to.deep.equal([...sequences].sort());
  });

  it('finishes the batch in flight when it is told to stop, and takes no new callback', async () => {
    let release: () => void = () => {};
    const answered = new Promise<void>((resolve) => (release = resolve));
    const accept = acceptAll();
    const { server, url } = await odoo(async (request) => {
      await answered;
      return accept(request);
    });
    const folder = newHome();
    const child = launch(folder.env({ odooUrl: url }));
    const { callbacks } = await child.addresses();
    await send(callbacks, 1);
    await server.requests(1);
    const exit = child.kill('SIGTERM');
    await child.line('stopping');
    const refused = await fetch(`${callbacks}/health/live`).then(() => false, () => true); // prettier-ignore
    release();
    expect(await exit).to.deep.equal({ code: 0, signal: null });
    expect(refused).to.equal(true);
    const second = launch(folder.env({ odooUrl: url }));
    const { admin } = await second.addresses();
    expect(await summary(admin)).to.include({ done: 1, pending: 0 });
  });

  it('completes a thin event by reading the record', async () => {
    const { server, url } = await odoo(acceptAll());
    const thin = loadSample('atlas-cmms', 'asset_new_thin');
    const product = await odoo(() => ({ status: 200, body: thin.fetch?.[0]?.body }));
    const child = launch(
      newHome().env({ odooUrl: url, readUrl: product.url, env: { ATLAS_SECRET: thin.secret } }),
    );
    const { callbacks } = await child.addresses();
    await fetch(`${callbacks}/callbacks/plant-atlas`, {
      method: 'POST',
      headers: withoutHost(thin.headers),
      body: thin.raw_body,
    });
    await server.requests(1);
    const read = product.server.seen.find((request) => request.method === 'GET');
    expect(read?.url).to.equal('/assets/411');
    expect(read?.headers['x-api-key']).to.equal('key-of-reads');
    const [event] = server.seen.flatMap((request) => eventsOf(request));
    expect(event?.data.fetched['asset']).to.deep.equal(thin.fetch?.[0]?.body);
  });

  it('says every problem of its configuration at once and ends with 2', async () => {
    const child = launch({
      PATH: process.env['PATH'] ?? '',
      MILLWRIGHT_SIDECAR_PORT: 'many',
      MILLWRIGHT_SPOOOL: 'x',
    });
    expect((await child.exited).code).to.equal(2);
    for (const part of [
      'MILLWRIGHT_SIDECAR_PORT',
      'MILLWRIGHT_SPOOOL: unknown',
      'MILLWRIGHT_SPOOL: not set',
      'MILLWRIGHT_BACKENDS: not set',
    ]) {
      expect(child.stderr).to.contain(part);
    }
  });

  it('says which address is taken and ends with 2', async () => {
    const { url } = await odoo(acceptAll());
    const port = new URL(url).port;
    const child = launch(newHome().env({ odooUrl: url, env: { MILLWRIGHT_SIDECAR_ADMIN_PORT: port } }));
    expect((await child.exited).code).to.equal(2);
    expect(child.stderr).to.contain('EADDRINUSE').and.to.contain(port);
  });

  it('keeps a second process out of its spool', async () => {
    const { url } = await odoo(acceptAll());
    const folder = newHome();
    await launch(folder.env({ odooUrl: url })).addresses();
    const second = launch(folder.env({ odooUrl: url }));
    expect((await second.exited).code).to.equal(2);
    expect(second.stderr).to.contain('spool');
  });
});

/** What the client sets by itself. */
function withoutHost(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(host|content-length)$/i.test(name)),
  );
}
