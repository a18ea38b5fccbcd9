import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { call } from '../helpers/cli.ts';

describe('millwright init', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millwright-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('writes a spec that validates and generates as it is, and says how to go on', async () => {
    const specs = join(folder, 'specs');
    const file = join(specs, 'acme.yaml');
    const { code, out } = await call('init', specs, '--code', 'acme', '--title', 'Acme: "Plants" #1');
    expect(code).to.equal(0);
    const next = [...out.matchAll(/millwright -- (\w+) (\S+)/g)].map(([, name, path]) => [name, path]);
    expect(next).to.deep.equal(['validate', 'generate', 'release'].map((name) => [name, file]));
    const options = ['--out', join(folder, 'addons')];
    expect(await call('validate', file)).to.include({ code: 0, err: '' });
    expect(await call('generate', file, ...options)).to.include({ code: 0, err: '' });
    expect(await call('release', file, ...options)).to.include({ code: 0, err: '' });
    expect(existsSync(join(folder, 'addons', 'millwright_acme', '__manifest__.py'))).to.equal(true);
  });

  it('leads an editor to the schema', async () => {
    await call('init', folder, '--code', 'acme');
    const [, schema = ''] = /^\$schema: "(.+)"$/m.exec(readFileSync(join(folder, 'acme.yaml'), 'utf8')) ?? [];
    expect(resolve(folder, schema)).to.equal(resolve('generator/spec/schema.json'));
  });

  it('overwrites nothing', async () => {
    const file = join(folder, 'acme.yaml');
    writeFileSync(file, 'mine\n');
    const { code, err } = await call('init', folder, '--code', 'acme');
    expect(code).to.equal(2);
    expect(err).to.include(`${file}: is there already`);
    expect(readFileSync(file, 'utf8')).to.equal('mine\n');
  });

  for (const name of ['../acme', 'Acme', 'a\nb', ''])
    it(`writes nothing for the code ${JSON.stringify(name)}`, async () => {
      const { code, err } = await call('init', join(folder, 'in'), '--code', name);
      expect(code).to.equal(1);
      expect(err).to.include('connector.code');
      expect(readdirSync(folder)).to.deep.equal([]);
    });
});
