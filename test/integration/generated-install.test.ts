import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { write } from '../../generator/index.ts';
import {
  createDatabase,
  dropDatabase,
  installModules,
  lintOdoo,
  ownDatabase,
} from '../../scripts/odoo/index.ts';
import { anySpec } from '../generator/helpers/any-spec.ts';
import { specText } from '../generator/helpers/random-specs.ts';
import { generateText } from '../generator/helpers/specs.ts';

// The same examples in every run, so that a commit is judged by what it changed; FC_SEED tries others.
const SEED = Number(process.env['FC_SEED'] ?? 20_261_126);
const DATABASE = ownDatabase('any_spec');
const CONNECTORS = 4;

/** A few random connectors, together in one real Odoo. */
describe('the addons of any sound specs', function () {
  this.timeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-any-'));
  const modules = new Map<string, number>();

  before(async () => {
    const specs = fc.sample(anySpec, { seed: SEED, numRuns: CONNECTORS });
    for (const spec of specs) {
      const { module, files } = generateText(specText(spec));
      write(join(folder, module), files);
      modules.set(module, Object.keys(spec.flows as object).length);
    }
    expect(modules.size, 'each under a name of its own; another FC_SEED, please').to.equal(CONNECTORS);
    await createDatabase(DATABASE);
  });
  after(async () => {
    await dropDatabase(DATABASE);
    rmSync(folder, { recursive: true });
  });

  it('install together, and the tests that were generated with them pass', async () => {
    const names = [...modules.keys()];
    const { failures, warnings, tests } = await installModules(DATABASE, names, {
      addons: [folder],
      test: names.map((name) => `/${name}`).join(','),
    });
    expect({ failures, warnings }).to.deep.equal({ failures: [], warnings: [] });
    // each flow has two tests of its own
    const flows = [...modules.values()].reduce((sum, count) => sum + count, 0);
    expect(tests).to.deep.equal({ run: 2 * flows, failed: 0, errors: 0, skipped: [] });
  });

  it('give Odoo’s own lint suite nothing to say', async () => {
    const { failures, tests } = await lintOdoo([...modules.keys()], folder);
    expect(failures).to.deep.equal([]);
    expect(tests.run).to.be.above(0);
  });
});
