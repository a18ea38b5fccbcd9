import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { write } from '../../generator/index.ts';
import { checkout, PYLINT_OFF, pythonTools } from '../../scripts/odoo/index.ts';
import { generateText } from '../generator/helpers/specs.ts';
import { anySpec } from '../generator/helpers/any-spec.ts';
import { specText } from '../generator/helpers/random-specs.ts';

// The same examples in every run, so that a commit is judged by what it changed; FC_SEED tries others.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_123) });

/** One lint run over many random addons. */
describe('the Python of any sound spec', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-lint-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  before(() => {
    for (const [index, spec] of fc.sample(anySpec, 60).entries()) {
      const { module, files } = generateText(specText(spec));
      write(join(folder, String(index), module), files);
    }
  });

  it('gives ruff nothing to say, neither about rules nor about format', async () => {
    const { ruff } = await pythonTools();
    const config = ['--config', join(checkout, 'ruff.toml'), '--no-cache', folder];
    expect(said(ruff, 'check', '--quiet', ...config)).to.equal('');
    expect(said(ruff, 'format', '--check', '--quiet', ...config)).to.equal('');
  });

  it('gives pylint-odoo nothing to say', async () => {
    const { pylint } = await pythonTools();
    const addons = globSync(join(folder, '*', '*'));
    expect(addons).to.have.length(60);
    const rules = [`--rcfile=${join(checkout, '.pylintrc')}`, `--disable=${PYLINT_OFF.join(',')}`];
    expect(said(pylint, ...rules, ...addons)).to.equal('');
  });
});

/** What a linter prints; it ends with another code than 0 when it has found something. */
function said(program: string, ...args: string[]): string {
  const env = { ...process.env, PYTHONPATH: join(checkout, 'odoo_addon'), PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status === 0) return stdout;
  return `${stdout}${stderr}`.slice(0, 4000) || `ended with ${String(status)}`;
}
