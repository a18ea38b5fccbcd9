import { expect } from 'chai';
import {
  createDatabase,
  dropDatabase,
  installModules,
  odooShell,
  sql,
  ownDatabase,
} from '../../scripts/odoo/index.ts';

const DATABASE = ownDatabase('extension');
const MODULES = ['millwright_atlas', 'test_millwright_extension'];

describe('a third addon that extends a connector', function () {
  this.timeout(300_000);
  before(() => createDatabase(DATABASE));
  after(() => dropDatabase(DATABASE));

  it('installs on top of the connector, and its tests pass', async () => {
    const { failures, warnings, tests } = await installModules(DATABASE, MODULES, {
      test: '/test_millwright_extension',
    });
    expect({ failures, warnings, tests }).to.deep.equal({
      ...{ failures: [], warnings: [] },
      tests: { run: 3, failed: 0, errors: 0, skipped: [] },
    });
  });

  it('keeps its data, fields and views when the connector beneath is upgraded', async () => {
    await odooShell(
      DATABASE,
      `connector = env["millwright.connector"].search([("code", "=", "atlas")])
backend = env["millwright.backend"].create({"name": "Kept", "code": "kept", "connector_id": connector.id})
env["millwright.atlas.asset"].create({"backend_id": backend.id, "external_id": "A1", "inspector_note": "kept"})
env.cr.commit()
`,
    );
    const { failures, tests } = await installModules(DATABASE, ['millwright_atlas'], {
      ...{ update: true, test: '/test_millwright_extension' },
    });
    expect({ failures, run: tests.run }).to.deep.equal({ failures: [], run: 3 });
    expect((await sql('SELECT inspector_note FROM millwright_atlas_asset', DATABASE)).trim()).to.equal(
      'kept',
    );
  });
});
