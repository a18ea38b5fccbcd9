import { expect } from 'chai';
import { completeWorkOrder, newAsset, newWorkOrder, takePart } from '../helpers/messages.ts';
import type { SeededOdoo } from '../helpers/odoo.ts';
import type { OdooPage } from './odoo-page.ts';
import { BOUND, takeSeat, UNBOUND } from './seat.ts';

const CONNECTOR = ['asset', 'work_order', 'consumption'].map((flow) => `millwright_atlas.${flow}_action`);
const LISTS_ONLY = ['millwright.cross_reference_action', 'millwright.route_action'];
const WITH_FORM = [
  ...['inbox', 'part', 'backend', 'plant', 'contract', 'discrepancy', 'audit'].map(
    (name) => `millwright.${name}_action`,
  ),
  ...CONNECTOR,
];

describe('every screen', function () {
  this.timeout(300_000);
  let odoo: SeededOdoo;
  let screen: OdooPage;

  takeSeat(
    'screens',
    [UNBOUND, BOUND],
    async (odoo) => {
      await odoo.post([
        newAsset(410, 'Conveyor 2', 0),
        newWorkOrder(5120, 'Conveyor 2: inspection', 1, { asset: { id: 410 } }),
        takePart(BOUND, 5120, 3, 2),
        completeWorkOrder(5120, 'Conveyor 2: inspection', 3, [{ part: BOUND.id, quantity: 4 }]),
        newWorkOrder(5121, 'Conveyor 2: belt', 4, { asset: { id: 410 } }),
        takePart(UNBOUND, 5121, 1, 5),
      ]);
      await odoo.settle();
    },
    (seat) => {
      ({ odoo, screen } = seat);
    },
  );

  for (const action of [...WITH_FORM, ...LISTS_ONLY]) {
    it(`opens ${action} without a complaint, with something in it`, async () => {
      const before = screen.complaints.length;
      const name = action.replace(/^millwright(_\w+)?\./, '').replace('_action', '');
      await screen.open(action);
      const row = screen.page.locator('.o_list_view .o_data_row').first();
      await row.waitFor();
      await screen.shoot(`screen-${name}-list`);
      if (WITH_FORM.includes(action)) {
        const [id] = await odoo.admin.search(await modelOf(odoo, action), [], { limit: 1 });
        await screen.open(action, id);
        await screen.page.locator('.o_form_view .o_form_sheet').waitFor();
        await screen.shoot(`screen-${name}-form`);
      }
      expect(screen.complaintsSince(before)).to.deep.equal([]);
      expect(await screen.page.locator('.o_error_dialog').count()).to.equal(0);
    });
  }

  it('shows a new key once, with what else the sidecar has to be told', async () => {
    await screen.open('millwright.backend_action', odoo.plant.backend);
    await screen.page.getByRole('button', { name: 'New key' }).click();
    const api = screen.page.locator('.modal .o_field_widget[name=api_url] input');
    await api.fill('https://cmms.example.com/api');
    await screen.page.locator('.modal button[name=action_issue]').click();
    await screen.page.locator('.modal .o_field_widget[name=shown_key]').waitFor();
    const shown = async (field: string): Promise<string> =>
      (await screen.page.locator(`.modal .o_field_widget[name=${field}]`).innerText()).trim();
    expect(await shown('events_path')).to.equal(`/millwright/v1/${odoo.plant.backendCode}/events`);
    const key = await shown('shown_key');
    const status = `${odoo.server.url}/millwright/v1/${odoo.plant.backendCode}/status`;
    const headers = { authorization: `Bearer ${key}`, 'x-odoo-database': odoo.admin.db };
    expect((await fetch(status, { headers })).status).to.equal(200);
  });

  for (const [model, button] of [
    ['maintenance.equipment', 'equipment'],
    ['maintenance.request', 'request'],
    ['stock.move', 'move'],
  ] as const) {
    it(`leads from a ${model} back to its messages`, async () => {
      const [row] = await odoo.admin.searchRead<{ document_id: number }>(
        'millwright.inbox',
        [['document_model', '=', model]],
        ['document_id'],
        { limit: 1 },
      );
      await screen.openRecord(model, row?.document_id ?? 0);
      await screen.button('action_open_millwright_messages').click();
      await screen.rows('Done').first().waitFor();
      await screen.shoot(`screen-messages-of-${button}`);
    });
  }
});

async function modelOf(odoo: SeededOdoo, action: string): Promise<string> {
  const [module = '', name = ''] = action.split('.');
  const domain = [
    ['module', '=', module],
    ['name', '=', name],
  ];
  const [data] = await odoo.admin.searchRead<{ res_id: number }>('ir.model.data', domain, ['res_id']);
  const [found] = await odoo.admin.read<{ res_model: string }>(
    'ir.actions.act_window',
    [data?.res_id ?? 0],
    ['res_model'],
  );
  return found?.res_model ?? '';
}
