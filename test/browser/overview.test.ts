import { expect } from 'chai';
import { newAsset, newWorkOrder, takePart } from '../helpers/messages.ts';
import type { SeededOdoo } from '../helpers/odoo.ts';
import type { OdooPage } from './odoo-page.ts';
import { BOUND, takeSeat, UNBOUND } from './seat.ts';

const ORDER = 5120;

/** The first page says whether anything is wrong, and leads to where many are set right at once. */
describe('the overview on the screen', function () {
  this.timeout(300_000);
  let odoo: SeededOdoo;
  let screen: OdooPage;

  takeSeat(
    'overview',
    [UNBOUND, BOUND],
    async (odoo) => {
      await odoo.post([
        newAsset(410, 'Conveyor 2', 0),
        newWorkOrder(ORDER, 'Conveyor 2: inspection', 1, { asset: { id: 410 } }),
        takePart(BOUND, ORDER, 3, 2),
        takePart(UNBOUND, ORDER, 1, 3),
        takePart(UNBOUND, ORDER, 2, 4),
      ]);
      await odoo.settle();
    },
    (seat) => {
      ({ odoo, screen } = seat);
    },
  );

  const card = (...texts: string[]) => {
    let cards = screen.page.locator('.o_kanban_record:not(.o_kanban_ghost)');
    for (const text of texts) cards = cards.filter({ hasText: text });
    return cards;
  };

  it('says of each flow what is held and what was done', async () => {
    await screen.page.goto(`${odoo.server.url}/odoo/action-millwright.overview_action`);
    await card('consumption', 'Held').first().waitFor();
    await screen.shoot('overview-1');
    const held = card('consumption').locator('a[name=action_open_held]').first();
    expect((await held.innerText()).split('\n')[0]).to.equal('2');
    const done = card('asset').locator('a[name=action_open_done_day]').first();
    expect((await done.innerText()).split('\n')[0]).to.equal('1');
  });

  it('leads from a number to its messages, and ignores all of them with a reason', async () => {
    await card('consumption').locator('a[name=action_open_held]').first().click();
    await screen.rows('part_unbound').nth(1).waitFor();
    expect(await screen.rows().count()).to.equal(2);
    await screen.page.locator('.o_list_view thead .o_list_record_selector input').click();
    await screen.shoot('overview-2-selected');
    await screen.button('action_ask_ignore').click();
    await screen.page.locator('.modal .o_field_widget[name=reason] input').fill('Were taken from scrap');
    await screen.shoot('overview-3-reason');
    await screen.page.locator('.modal button[name=action_confirm]:visible').click();
    await screen.rows('part_unbound').first().waitFor({ state: 'detached' });
    const ignored = await odoo.admin.searchRead<{ last_error: string }>(
      'millwright.inbox',
      [['state', '=', 'ignored']],
      ['last_error'],
    );
    expect(ignored.map((row) => row.last_error.includes('Were taken from scrap'))).to.deep.equal([
      true,
      true,
    ]);
  });

  it('shows the same as list, pivot and graph', async () => {
    const before = screen.complaints.length;
    await screen.page.goto(`${odoo.server.url}/odoo/action-millwright.overview_action`);
    await card('consumption').first().waitFor();
    for (const [view, shown] of [
      ['list', '.o_list_view .o_data_row'],
      ['pivot', '.o_pivot table'],
      ['graph', '.o_graph_view canvas'],
    ] as const) {
      await screen.page.locator(`.o_switch_view.o_${view}`).click();
      await screen.page.locator(shown).first().waitFor();
      await screen.shoot(`overview-4-${view}`);
    }
    expect(screen.complaintsSince(before)).to.deep.equal([]);
  });

  it('offers the same actions in the list of a flow', async () => {
    await screen.open('millwright_atlas.consumption_action');
    await screen.rows().first().locator('.o_list_record_selector input').click();
    for (const name of ['action_release', 'action_redrive', 'action_ask_hold', 'action_ask_ignore'])
      await screen.button(name).waitFor();
    await screen.shoot('overview-5-flow');
  });
});
