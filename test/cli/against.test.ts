import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { BASE } from '../generator/helpers/specs.ts';

const PASSWORD = 'not-to-be-seen';

/** What else than an Odoo 19 may be behind an address; a real one is asked in test/integration/odoo-models.test.ts. */
describe('--against', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-against-'));
  const spec = join(folder, 'tiny.yaml');
  writeFileSync(spec, BASE);
  const open: Server[] = [];
  afterEach(() => {
    for (const server of open.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    open.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  /** The command as a process of its own: whether it ends is part of the question. */
  async function validate(...argv: string[]): Promise<{ code: number | null; text: string }> {
    const child = spawn(
      process.execPath,
      ['cli/main.ts', 'validate', spec, '--database', 'plant', '--user', 'admin', ...argv],
      { env: { ...process.env, MILLWRIGHT_ODOO_PASSWORD: PASSWORD }, timeout: 45_000, killSignal: 'SIGKILL' },
    );
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (text += String(part)));
    const code = await new Promise<number | null>((done) => child.on('close', done));
    return { code, text: text.trim() };
  }

  it('ends when the time is up, though the connection stays open', async () => {
    const paths: string[] = [];
    const url = await serve(({ url: path }, response) => {
      paths.push(path ?? '');
      if (path === '/web/version') response.end('{"version_info": [19, 0, 0, "final", 0, ""]}');
    });
    const { code, text } = await validate('--against', url, '--timeout', '2');
    expect({ code, text }).to.deep.equal({ code: 2, text: `millwright: ${url} did not answer within 2 s` });
    expect(paths).to.deep.equal(['/web/version', '/xmlrpc/2/common']);
  });

  it('tells another release, and what is no Odoo, before it sends a login there', async () => {
    const bodies: string[] = [];
    const answers = [
      [200, '{"version_info": [18, 0, 0, "final", 0, ""], "version": "18.0"}', 'is Odoo 18.0'],
      [200, '{"version_info": ["saas~19", 2, 0, "final", 0, ""]}', 'is Odoo 19.2'],
      [404, 'Not Found', 'is something that is no Odoo 19'],
      [200, '<html>', 'is something that is no Odoo 19'],
    ] as const;
    for (const [status, body, said] of answers) {
      const url = await serve((request, response) => {
        request.on('data', (part: Buffer) => bodies.push(String(part)));
        response.writeHead(status).end(body);
      });
      const { code, text } = await validate('--against', url);
      expect({ code, text }).to.deep.equal({
        code: 2,
        text: `millwright: ${url} ${said}; expected Odoo 19.0`,
      });
    }
    expect(bodies).to.deep.equal([]);
  });

  it('follows no redirection with a login', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
    });
    const { code, text } = await validate('--against', url);
    expect(code).to.equal(2);
    expect(text).to.include('unexpected redirect');
  });

  it('refuses an address with a login, a path or another scheme, and never shows what it refuses', async () => {
    for (const address of [
      `http://admin:${PASSWORD}@127.0.0.1:9`,
      `http://127.0.0.1:9/?key=${PASSWORD}`,
      `ftp://${PASSWORD}`,
      `127.0.0.1:${PASSWORD}`,
    ]) {
      const { code, text } = await validate('--against', address);
      expect(code, text).to.equal(2);
      expect(text)
        .to.match(/^millwright: --against: /)
        .and.not.include(PASSWORD);
    }
    expect((await validate('--against', 'http://127.0.0.1:9', '--timeout', 'soon')).text).to.equal(
      'millwright: --timeout: found "soon", expected whole seconds from 1 to 3600',
    );
  });
});
