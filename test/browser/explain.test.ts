import { expect } from 'chai';
import { PARTS } from '../../scripts/shift/index.ts';
import { newAsset, newWorkOrder, takePart } from '../helpers/messages.ts';
import type { SeededOdoo } from '../helpers/odoo.ts';
import type { OdooPage } from './odoo-page.ts';
import { takeSeat } from './seat.ts';

const BOUND = PARTS.filter((part) => part.bound);

/** An administrator asks what a message would do, and what a pasted payload would. */
describe('the explanation of a message', function () {
  this.timeout(300_000);
  let odoo: SeededOdoo;
  let screen: OdooPage;

  takeSeat(
    'explain',
    BOUND,
    async (odoo) => {
      const [part] = BOUND;
      if (part === undefined) throw new Error('There are no parts.');
      await odoo.post([newAsset(410, 'Conveyor 2', 0), newWorkOrder(5120, 'Conveyor 2: inspection', 1)]);
      await odoo.settle();
      await setRoutes(odoo, 'manual');
      await odoo.post([takePart(part, 5120, 3, 2)]);
      await odoo.settle();
    },
    (seat) => {
      ({ odoo, screen } = seat);
    },
  );

  it('is a table for each record: field, before and after; and nothing happens', async () => {
    const held = await findHeld();
    const before = await counts();
    await screen.open('millwright.inbox_action', held);
    await screen.page.getByRole('button', { name: 'Explain', exact: true }).click();
    const shown = screen.page.locator('.modal .o_millwright_explanation');
    await shown.waitFor();
    await screen.shoot('explain-message');
    const move = shown.locator('h4', { hasText: 'Stock Move' }).first();
    await move.waitFor();
    const headings = await shown.locator('thead').first().innerText();
    expect(headings.trim().split(/\s+/)).to.deep.equal(['Field', 'Before', 'After']);
    const row = shown.locator('tr[title=quantity]').first();
    expect((await row.innerText()).split(/\t|\n/).map((text) => text.trim())).to.include('3');
    expect(await shown.innerText()).to.match(/nothing was created, changed, sent or filed/);
    expect(await shown.innerText()).to.match(/Its route is/);
    expect(await shown.innerText()).not.to.match(/[{}]/);
    expect(await counts()).to.deep.equal(before);
  });

  it('takes a payload that is pasted', async () => {
    const before = await counts();
    await screen.open('millwright.inbox_action');
    await screen.openMenu('Messages');
    await screen.page.getByRole('menuitem', { name: 'Explain a payload' }).click();
    const dialog = screen.page.locator('.modal');
    await dialog.locator('[name=backend_id] input').click();
    await screen.page.locator('.ui-autocomplete a, .o-autocomplete--dropdown-item').first().click();
    await dialog.locator('[name=event] input').fill('NEW_ASSET');
    const { payload } = newAsset(411, 'Press 7', 30);
    await dialog.locator('[name=payload] textarea').fill(JSON.stringify(payload));
    await dialog.locator('button[name=action_explain]').click();
    const shown = screen.page.locator('.modal .o_millwright_explanation');
    await shown.waitFor();
    await screen.shoot('explain-payload');
    const name = shown.locator('tr[title=name]').first();
    expect(await name.innerText()).to.match(/Press 7/);
    expect(await counts()).to.deep.equal(before);
    expect(screen.complaintsSince(0)).to.deep.equal([]);
  });

  async function findHeld(): Promise<number> {
    const [id] = await odoo.admin.search('millwright.inbox', [['code', '=', 'route_manual']]);
    if (id === undefined) throw new Error('No message waits for a release.');
    return id;
  }

  async function counts(): Promise<number[]> {
    const models = ['stock.move', 'stock.quant', 'maintenance.equipment', 'millwright.inbox', 'mail.message'];
    return Promise.all(models.map(async (model) => (await odoo.admin.search(model, [])).length));
  }
});

async function setRoutes({ admin }: SeededOdoo, mode: string): Promise<void> {
  const routes = await admin.search('millwright.route', [['flow', '=', 'consumption']]);
  await admin.update('millwright.route', routes, { mode });
}
