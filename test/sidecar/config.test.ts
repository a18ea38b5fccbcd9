import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { ConfigError, Secret, loadConfig } from '../../sidecar/config.ts';

describe('sidecar/config.ts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-config-'));
  const file = join(folder, 'backends.json');
  const secretFile = join(folder, 'previous');
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const backend = () => ({
    code: 'plant',
    contract: 'contract.json',
    odoo: { url: 'http://127.0.0.1:8069', database: 'plant', api_key: { env: 'MILLWRIGHT_KEY_PLANT' } },
    callback_secrets: [{ env: 'CALLBACK' }, { file: secretFile }],
    read: { base_url: 'http://127.0.0.1:9100', credential: { env: 'READ_KEY' } },
  });
  const env = (more: Record<string, string> = {}) => ({
    MILLWRIGHT_SPOOL: 'spool.sqlite',
    MILLWRIGHT_BACKENDS: file,
    MILLWRIGHT_KEY_PLANT: 'odoo-key',
    CALLBACK: 'current-secret',
    READ_KEY: 'read-key',
    ...more,
  });

  function problemsOf(backends: unknown, more: Record<string, string> = {}): string {
    writeFileSync(file, JSON.stringify(backends));
    try {
      loadConfig(env(more));
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.join('\n');
      throw error;
    }
    return '';
  }

  beforeEach(() => {
    writeFileSync(secretFile, 'previous-secret\n');
    writeFileSync(file, JSON.stringify({ backends: [backend()] }));
  });

  it('reads settings, their defaults and the backends file', () => {
    const config = loadConfig(env({ UNRELATED: 'x' }));
    expect(config).to.include({
      host: '127.0.0.1',
      port: 8787,
      adminPort: 8788,
      environment: 'production',
      keepDeliveredDays: 7,
    });
    expect(config.adminToken).to.equal(null);
    const [plant] = config.backends;
    expect(plant?.odoo.api_key.secret?.reveal()).to.equal('odoo-key');
    expect(plant?.callback_secrets.map(({ secret }) => secret?.reveal())).to.deep.equal([
      'current-secret',
      'previous-secret',
    ]);
  });

  it('shows no secret however it is printed', () => {
    const config = loadConfig(env({ MILLWRIGHT_SIDECAR_ADMIN_TOKEN: 'admin-secret' }));
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      String(new Secret('current-secret')),
    ].join();
    expect(printed).to.contain('[redacted]');
    for (const secret of ['admin-secret', 'odoo-key', 'current-secret', 'previous-secret', 'read-key']) {
      expect(printed).not.to.contain(secret);
    }
  });

  it('reports every problem at once', () => {
    const found = problemsOf(
      {
        backends: [{ ...backend(), code: 'Plant!', odoo: { url: 'ftp://x', database: '' }, extra: 1 }],
        more: 1,
      },
      { MILLWRIGHT_SIDECAR_PORT: '99999', MILLWRIGHT_KEEP_DELIVERED: '1.5', MILLWRIGHT_SIDECAR_HOTS: 'x' },
    );
    for (const part of [
      'MILLWRIGHT_SIDECAR_PORT: found "99999"',
      'MILLWRIGHT_KEEP_DELIVERED: found "1.5"',
      'MILLWRIGHT_SIDECAR_HOTS: unknown setting',
      'unknown key "more"',
      'unknown key "extra"',
      '/backends/0/code',
      '/backends/0/odoo/url',
      '/backends/0/odoo/database',
      '/backends/0/odoo/api_key: missing',
    ]) {
      expect(found).to.contain(part);
    }
  });

  it('refuses a secret that stands in the file, and does not print it', () => {
    const found = problemsOf({
      backends: [{ ...backend(), callback_secrets: ['whsec_value', { value: 'whsec_value' }] }],
    });
    expect(found).to.contain('/callback_secrets/0').and.to.contain('/callback_secrets/1');
    expect(found).not.to.contain('whsec_value');
  });

  it('lets one callback secret be unset, as before or after a rotation, but no key', () => {
    expect(problemsOf({ backends: [backend()] }, { CALLBACK: '' })).to.equal('');
    expect(problemsOf({ backends: [backend()] }, { MILLWRIGHT_KEY_PLANT: '' })).to.contain(
      'env MILLWRIGHT_KEY_PLANT is not set',
    );
    expect(problemsOf({ backends: [backend()] }, { READ_KEY: '' })).to.contain('env READ_KEY is not set');
  });

  it('refuses an unreadable or empty secret file', () => {
    writeFileSync(secretFile, '\n');
    expect(problemsOf({ backends: [backend()] })).to.contain('is empty');
    rmSync(secretFile);
    expect(problemsOf({ backends: [backend()] })).to.contain('cannot be read');
  });

  it('refuses two backends of one code, none at all, and a URL with a credential', () => {
    expect(problemsOf({ backends: [backend(), backend()] })).to.contain('"plant" is used twice');
    expect(problemsOf({ backends: [] })).to.contain('at least one backend');
    const odoo = { ...backend().odoo, url: 'http://user:pass@host' };
    expect(problemsOf({ backends: [{ ...backend(), odoo }] })).to.contain('must not carry a credential');
  });

  it('takes secrets for one event, for one scheme, and until a time', () => {
    const slot = { env: 'CALLBACK', name: 'basic', for: 'ORDER_DONE', until: '2026-12-01T00:00:00+01:00' };
    writeFileSync(file, JSON.stringify({ backends: [{ ...backend(), callback_secrets: [slot] }] }));
    const [found] = loadConfig(env()).backends[0]?.callback_secrets ?? [];
    expect(found).to.include({
      name: 'basic',
      event: 'ORDER_DONE',
      until: Date.parse('2026-11-30T23:00:00Z'),
    });
    for (const until of ['2026-12-01', 'soon', '2026-13-41T00:00:00Z'])
      expect(
        problemsOf({ backends: [{ ...backend(), callback_secrets: [{ ...slot, until }] }] }),
        until,
      ).to.contain('/backends/0/callback_secrets/0/until');
  });
});
