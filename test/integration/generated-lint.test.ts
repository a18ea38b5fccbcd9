import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { write } from '../../generator/index.ts';
import { checkout, pythonTools } from '../../scripts/odoo/index.ts';
import { generateText } from '../generator/helpers/specs.ts';
import { specText, tree } from '../generator/helpers/random-specs.ts';

// The same examples in every run, so that a commit is judged by what it changed; FC_SEED tries others.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_123) });

/** One lint run over many random addons. */
describe('the Python of any sound spec', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-lint-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives ruff nothing to say, neither about rules nor about format', async () => {
    const { ruff } = await pythonTools();
    const specs = fc.sample(tree, 40);
    for (const [index, spec] of specs.entries()) {
      const { module, files } = generateText(specText(spec));
      write(join(folder, String(index), module), files);
    }
    const config = ['--config', join(checkout, 'ruff.toml'), '--no-cache'];
    const run = (...args: string[]): string => {
      try {
        return execFileSync(ruff, [...args, ...config, folder], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      } catch (error) {
        const { stdout } = error as { stdout: string };
        return stdout.slice(0, 4000);
      }
    };
    expect(run('check', '--quiet')).to.equal('');
    expect(run('format', '--check', '--quiet')).to.equal('');
  });
});
