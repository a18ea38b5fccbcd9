import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { completeWorkOrder, newAsset, newWorkOrder, takePart } from '../helpers/messages.ts';
import type { SeededOdoo } from '../helpers/odoo.ts';
import { OdooPage } from './odoo-page.ts';
import { BOUND, takeSeat, UNBOUND } from './seat.ts';

const ORDER = 5120;
const AMBIGUOUS = ['Labeller 3', 'Filler 4'];
const ACTIONS = ['action_release', 'action_redrive', 'action_ask_hold', 'action_ask_ignore'];

/** Works through the inbox as a person would, in a real browser against a real Odoo. */
describe('the inbox on the screen', function () {
  this.timeout(300_000);
  let odoo: SeededOdoo;
  let browser: Browser;
  let screen: OdooPage;

  takeSeat(
    'inbox',
    [UNBOUND, BOUND],
    async (odoo) => {
      for (const name of [...AMBIGUOUS, ...AMBIGUOUS])
        await odoo.admin.create('maintenance.equipment', { name });
      await createViewer(odoo);
      const statuses = await odoo.post([
        newAsset(410, 'Conveyor 2', 0, { serialNumber: 'BC-2207' }),
        newAsset(420, 'Labeller 3', 1),
        newAsset(421, 'Filler 4', 2),
        newWorkOrder(ORDER, 'Conveyor 2: inspection', 3, { asset: { id: 410 } }),
        takePart(BOUND, ORDER, 3, 4),
        { ...takePart(UNBOUND, ORDER, 2, 5), subject: 'taking/88' },
        { event: 'NOT_IN_THE_SPEC', subject: 'other/1', payload: { occurredAt: '2026-09-03T06:06:00Z' } },
      ]);
      expect(statuses).to.deep.equal(statuses.map(() => 'accepted'));
      await odoo.settle();
    },
    (seat) => {
      ({ odoo, browser, screen } = seat);
    },
  );

  it('leads from a message that is held to the part it waits for, and on to the stock move', async () => {
    await screen.open('millwright.inbox_action');
    await screen.rows('Done').first().waitFor();
    await screen.filter('Held');
    await screen.rows('Done').first().waitFor({ state: 'detached' });
    expect(await screen.rows('Held').count()).to.equal(4);
    await screen.shoot('inbox-1-held');

    await screen.rows('part_unbound').click();
    await screen.alert('Held:', `Part ${UNBOUND.id} is not bound to a product yet.`).waitFor();
    await screen.shoot('inbox-2-reason');
    await screen.page.getByRole('button', { name: 'Open the part' }).click();
    await screen.alert('Messages wait for this part: 1').waitFor();
    await screen.choose('product_id', `MW-${UNBOUND.id}`);
    await screen.page.locator('.o_form_button_save').click();
    await screen.page.locator('.o_form_button_save').waitFor({ state: 'hidden' });
    await screen.shoot('inbox-3-part-bound');

    await odoo.reach('taking/88', 'done');
    await screen.page.locator('.breadcrumb-item', { hasText: 'PART_QUANTITY_CHANGED' }).last().click();
    await screen.state('Done').waitFor();
    await screen.shoot('inbox-4-done');
    await screen.button('action_open_document').click();
    await screen.field('product_id').getByText(`MW-${UNBOUND.id}`).waitFor();
    await screen.state('Done').waitFor();
    expect(await screen.field('product_uom_qty').innerText()).to.equal('2.00');
    await screen.shoot('inbox-5-stock-move');

    const moves = await odoo.admin.searchRead(
      'stock.move',
      [
        ['product_id', '=', odoo.plant.unbound.get(String(UNBOUND.id))],
        ['state', '=', 'done'],
        ['millwright_part_key', '!=', false],
      ],
      ['quantity'],
    );
    expect(moves.map((move) => (move as { quantity: number }).quantity)).to.deep.equal([2]);
  });

  it('releases a message by its button once the cause is gone', async () => {
    await archiveOneOf(odoo, 'Labeller 3');
    await screen.open('millwright.inbox_action');
    await screen.filter('Held');
    await screen.rows('equipment/420').click();
    await screen.alert('Held:', '2 equipments fit').waitFor();
    await screen.button('action_release').click();
    await screen.button('action_release').waitFor({ state: 'hidden' });
    await odoo.reach('equipment/420', 'done');
    await screen.page.reload();
    await screen.state('Done').waitFor();
    await screen.button('action_open_document').waitFor();
  });

  it('releases messages that were selected in the list', async () => {
    await archiveOneOf(odoo, 'Filler 4');
    await screen.open('millwright.inbox_action');
    await screen.filter('Held');
    await screen.rows('equipment/421').locator('.o_list_record_selector input').click();
    await screen.button('action_release').click();
    await screen.rows('equipment/421').waitFor({ state: 'detached' });
    await odoo.reach('equipment/421', 'done');
  });

  it('ends a message without an effect after asking', async () => {
    await screen.open('millwright.inbox_action');
    await screen.rows('NOT_IN_THE_SPEC').click();
    await screen.button('action_ask_ignore').click();
    await screen.page.locator('.modal').getByText('Nothing brings them back').waitFor();
    await screen.page.locator('.modal .o_field_widget[name=reason] input').fill('Was a drill');
    await screen.shoot('inbox-6-ignore');
    await screen.page.locator('.modal button[name=action_confirm]:visible').click();
    await screen.state('Ignored').waitFor();
    await screen.field('last_error').getByText('Was a drill').waitFor();
    await screen.page.getByRole('tab', { name: 'Attempts' }).click();
    await screen.field('attempt_timeline').getByText('Was a drill').waitFor();
    await screen.shoot('inbox-6-attempts');
  });

  it('shows the commands of a message that means several', async () => {
    const used = [{ part: BOUND.id, quantity: 4 }];
    await odoo.post([completeWorkOrder(ORDER, 'Conveyor 2: inspection', 30, used)]);
    await odoo.reach(`work_order/${ORDER}`, 'done');
    await screen.open('millwright.inbox_action');
    await screen.filter('Messages only');
    await screen.rows('WORK_ORDER_STATUS_CHANGE', 'consumption').waitFor({ state: 'detached' });
    await screen.rows('WORK_ORDER_STATUS_CHANGE').click();
    await screen.page.locator('.o_field_widget[name=child_ids] .o_data_row').nth(1).waitFor();
    await screen.shoot('inbox-7-commands');
    await screen.open('millwright.discrepancy_action');
    await screen.rows(String(ORDER), String(BOUND.id), '-1.00').waitFor();
    await screen.shoot('discrepancies');
  });

  it('lets a viewer read and nothing else', async () => {
    screen = await OdooPage.logIn(browser, odoo.server.url, 'viewer', 'viewer');
    await screen.open('millwright.inbox_action');
    await screen.rows('Done').first().locator('.o_list_record_selector input').click();
    await screen.page.locator('.o_selection_box').waitFor();
    for (const button of ACTIONS)
      expect(await screen.page.locator(`button[name=${button}]`).count(), button).to.equal(0);
    await odoo.post([takePart({ id: 999, name: 'Nobody knows' }, ORDER, 1, 40)]);
    await odoo.settle();
    await screen.open('millwright.inbox_action');
    await screen.filter('Held');
    await screen.rows('part_unbound').click();
    await screen.alert('Part 999 is not bound').waitFor();
    await screen.shoot('inbox-8-viewer');
    for (const button of ACTIONS)
      expect(await screen.page.locator(`button[name=${button}]`).count(), button).to.equal(0);
    expect(await screen.menus()).to.deep.equal(['Overview', 'Messages', 'To decide', 'Atlas CMMS']);
    expect(await screen.openMenu('To decide')).to.deep.equal([
      'Incidents',
      'Parts to bind',
      'Conflicts',
      'Discrepancies',
    ]);
    expect(await screen.openMenu('Messages'))
      .to.include('Inbox')
      .and.not.to.include('Explain a payload');
  });
});

async function createViewer(odoo: SeededOdoo): Promise<void> {
  const [group] = await odoo.admin.searchRead<{ res_id: number }>(
    'ir.model.data',
    [
      ['module', '=', 'millwright'],
      ['name', '=', 'group_viewer'],
    ],
    ['res_id'],
  );
  const viewer = {
    name: 'Vera Viewer',
    login: 'viewer',
    password: 'viewer',
    group_ids: [[6, 0, [group?.res_id]]],
  };
  await odoo.admin.create('res.users', viewer);
}

/** What a person does who was told that two equipments fit. */
async function archiveOneOf(odoo: SeededOdoo, name: string): Promise<void> {
  const [one = 0] = await odoo.admin.search('maintenance.equipment', [['name', '=', name]]);
  await odoo.admin.update('maintenance.equipment', [one], { active: false });
}
