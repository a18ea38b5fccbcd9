import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARTS } from '../../scripts/shift/index.ts';
import type { SeededOdoo } from '../helpers/odoo.ts';
import { ATLAS_SECRET, movement, signAtlas } from '../helpers/samples.ts';
import { SidecarHome, SidecarProcess } from '../helpers/sidecar-process.ts';
import type { OdooPage } from './odoo-page.ts';
import { takeSeat } from './seat.ts';

const CODE = 'filling';
const CALLBACKS = `http://127.0.0.1:8787/callbacks/${CODE}`;

/** One story: an administrator sets a backend up at the screen, and what the screen shows starts a sidecar. */
describe('setting up a backend at the screen', function () {
  this.timeout(300_000);
  let odoo: SeededOdoo;
  let screen: OdooPage;
  const home = new SidecarHome();
  const shown = { configuration: '', variables: '', key: '' };

  takeSeat(
    'set_up',
    PARTS,
    () => Promise.resolve(),
    (seat) => {
      ({ odoo, screen } = seat);
    },
  );

  after(() => {
    home.remove();
  });

  async function openSetUp(): Promise<void> {
    await screen.open('millwright.backend_action');
    await screen.page.getByRole('button', { name: 'Configuration' }).click();
    await screen.page.getByRole('menuitem', { name: 'Set up a backend' }).click();
    await screen.page.locator('.modal .o_form_view').waitFor();
  }

  const input = (field: string) => screen.page.locator(`.modal .o_field_widget[name=${field}] input`).first();
  const button = (name: string) => screen.page.locator(`.modal button[name=${name}]:visible`);

  it('asks for the system, says what is missing, and goes on to the plants', async () => {
    await openSetUp();
    await input('connector_id').fill('Atlas');
    await screen.page.locator('.o-autocomplete--dropdown-item', { hasText: 'Atlas' }).first().click();
    await input('name').click();
    await screen.shoot('set-up-1-system');
    await button('action_next').click();
    await screen.page.getByText('Fill in: Name of the backend.').waitFor();
    await screen.page.locator('.o_error_dialog .btn-primary, .modal-footer .btn-primary').last().click();
    await input('name').fill('Atlas at the filling plant');
    await input('code').fill(CODE);
    await input('environment').fill('test');
    await button('action_next').click();
    await button('action_finish').waitFor();
    await screen.shoot('set-up-2-plants');
  });

  it('is taken up where it was left', async () => {
    await screen.page.locator('.modal footer button', { hasText: 'Go on later' }).click();
    await screen.page.locator('.modal').waitFor({ state: 'detached' });
    await openSetUp();
    await button('action_finish').waitFor();
    await screen.page.locator('.modal .o_data_row', { hasText: 'PACKING' }).waitFor();
  });

  it('creates the backend and shows a key once, with the configuration of its sidecar', async () => {
    await button('action_finish').click();
    await button('action_issue').waitFor();
    await input('odoo_url').fill(odoo.server.url);
    await input('public_url').fill(CALLBACKS);
    await input('api_url').fill('http://127.0.0.1:9');
    await screen.shoot('set-up-3-key');
    await button('action_issue').click();
    const text = async (name: string): Promise<string> =>
      (await screen.page.locator(`.modal .o_field_widget[name=${name}]`).last().innerText()).trim();
    await screen.page.locator('.modal .o_field_widget[name=shown_key]').waitFor();
    await screen.shoot('set-up-4-shown');
    shown.key = await text('shown_key');
    shown.configuration = await text('configuration');
    shown.variables = await text('shown_variables');
    expect(await text('public_url')).to.equal(CALLBACKS);
    expect(await screen.page.locator('.modal .o_btn_text_copy').count()).to.equal(2);
    expect(shown.configuration).not.to.contain(shown.key);
  });

  it('starts a sidecar from what was copied, and a callback arrives in the inbox', async () => {
    const file = join(home.folder, 'pasted.json');
    writeFileSync(file, shown.configuration);
    const lines = shown.variables.split('\n').map((line) => line.split('=', 2) as [string, string]);
    const env = Object.fromEntries(lines);
    for (const name of Object.keys(env)) if (env[name] === '') env[name] = ATLAS_SECRET;
    Object.assign(env, { MILLWRIGHT_BACKENDS: file, MILLWRIGHT_SPOOL: home.spool });
    Object.assign(env, {
      PATH: process.env['PATH'],
      MILLWRIGHT_SIDECAR_PORT: '0',
      MILLWRIGHT_SIDECAR_ADMIN_PORT: '0',
    });
    const sidecar = new SidecarProcess(env);
    try {
      const { callbacks } = await sidecar.addresses();
      const { event, raw } = movement(1);
      const address = new URL(CALLBACKS);
      const answer = await fetch(`${callbacks}${address.pathname}`, {
        method: 'POST',
        headers: signAtlas(event, raw),
        body: raw,
      });
      expect(answer.status).to.equal(202);
      await odoo.reach('work_order/5120', 'held');
    } finally {
      await sidecar.kill('SIGTERM');
    }
    expect(readFileSync(file, 'utf8')).not.to.contain(shown.key);
  });

  it('removes the old key of two, and what it opened is closed', async () => {
    const [backend = 0] = await odoo.admin.search('millwright.backend', [['code', '=', CODE]]);
    const second = String(await odoo.admin.call('millwright.backend', 'issue_key', [[backend], 'Second']));
    await screen.open('millwright.backend_action', backend);
    await screen.page.getByRole('tab', { name: 'Keys' }).click();
    const rows = screen.page.locator('.o_field_widget[name=key_ids] .o_data_row');
    await rows.nth(1).waitFor();
    await screen.shoot('set-up-5-keys');
    await rows.filter({ hasText: 'Sidecar' }).locator('button[name=action_remove]').click();
    await screen.page.locator('.modal .btn-primary').click();
    await rows.filter({ hasText: 'Sidecar' }).waitFor({ state: 'detached' });
    const status = async (key: string): Promise<number> => {
      const headers = { authorization: `Bearer ${key}`, 'x-odoo-database': odoo.admin.db };
      return (await fetch(`${odoo.server.url}/millwright/v1/${CODE}/status`, { headers })).status;
    };
    expect([await status(shown.key), await status(second)]).to.deep.equal([401, 200]);
  });
});
