import { expect } from 'chai';
import { dropDatabase, sql, ownDatabase } from '../../scripts/odoo/index.ts';
import { generateShift, UNBOUND_PART } from '../../scripts/shift/index.ts';
import { drain } from '../../scripts/start/drain.ts';
import { Line } from '../../scripts/start/line.ts';
import { playShift } from '../../scripts/start/run.ts';
import type { Report } from '../../scripts/start/report.ts';
import { bindPart } from '../../scripts/start/seed.ts';

const SEED = 11;
const WORK_ORDERS = 40;
const DATABASE = ownDatabase('it');

interface Request {
  id: number;
  archive: boolean;
  kanban_state: string;
  stage_id: [number, string];
  maintenance_type: string;
  equipment_id: [number, string] | false;
}

/** One story over a real sidecar and a real Odoo; the tests look at it in its order. */
describe('the whole line: callbacks become stock moves', function () {
  this.timeout(300_000);
  const shift = generateShift({ seed: SEED, workOrders: WORK_ORDERS });
  let line: Line;
  let report: Report;

  before(async () => {
    line = await Line.open({ name: DATABASE, mode: 'once' });
    line.cmms.atlas.limitNext(3);
    report = await playShift(line, { seed: SEED, workOrders: WORK_ORDERS, startedAt: Date.now() });
  });
  after(async () => {
    await line.close();
    await dropDatabase(DATABASE);
  });

  it('answers every callback and refuses the one that is signed with another secret', () => {
    const refused = line.cmms.sender.sent.filter((sent) => !sent.accepted);
    expect(refused.map((sent) => [sent.event, sent.attempts.map((attempt) => attempt.status)])).to.deep.equal(
      [['PART_DELETE', [401]]],
    );
  });

  it('brings every accepted callback to exactly one end', async () => {
    const rows = await line.sidecar.deliveries();
    expect(rows.filter((row) => row.origin === 'read').length).to.equal(report.read);
    const { accepted, read, duplicates, done, ignored, held, dead } = report;
    expect(duplicates + done + ignored + held + dead).to.equal(accepted + read);
    expect(duplicates).to.equal(shift.truth.duplicates + 1);
    expect(dead).to.equal(0);
  });

  it('posts every consumption and return once, to the unit, and nothing else', () => {
    expect(report.findings).to.deep.equal([]);
    expect(report).to.include({ lost: 0, double: 0, wrong_stock: 0 });
    const posted = shift.truth.operations.filter((operation) => operation.outcome === 'posted').length;
    expect(report.moves).to.equal(posted + 2);
  });

  it('holds what misses its machine and releases it when the machine arrives', () => {
    expect(report.released).to.be.greaterThan(3);
    expect(report.waiting.filter((item) => item.why.includes('470'))).to.deep.equal([]);
  });

  it('plans and keeps what no handler carries out yet, edits of the stock figure among it, and nothing in the sidecar', () => {
    expect(report.waiting.filter((item) => item.where === 'sidecar')).to.deep.equal([]);
    const kept = (what: string) =>
      report.waiting.filter((item) => item.what === what).reduce((sum, item) => sum + item.count, 0);
    for (const event of ['METER_TRIGGER_STATUS_CHANGE', 'PART_DELETE', 'WORK_REQUEST_STATUS_CHANGE'])
      expect(kept(event), event).to.be.greaterThan(0);
    expect(kept('PART_QUANTITY_CHANGED')).to.be.at.least(shift.truth.ignoredMovements + 1);
  });

  it('goes on with what waited for a part as soon as an administrator binds it', async () => {
    const product = line.plant.unbound.get(String(UNBOUND_PART.id)) ?? 0;
    await bindPart(line.rpc, line.plant.backend, UNBOUND_PART, product);
    line.plant.bindings.set(String(UNBOUND_PART.id), product);
    await drain(line.rpc, line.sidecar, { timeoutMs: 60_000 });
    const audit = await line.audit();
    expect(audit.findings).to.deep.equal([]);
    expect(audit).to.include({ held: 0, must: shift.truth.operations.length + 2 });
  });

  it('leaves every work order in the state the CMMS left it in', async () => {
    const rows = await requestsByOrder(line);
    for (const [id, order] of shift.truth.workOrders) {
      const request = rows.get(String(id));
      expect(request, `request of work order ${id}`).to.not.equal(undefined);
      if (request === undefined) continue;
      const found = order.deleted ? { archive: request.archive } : stateOf(request);
      expect(found, `work order ${id}`).to.deep.equal(
        order.deleted ? { archive: true } : expectedState(order.status),
      );
    }
    expect(rows.get('5120')?.maintenance_type).to.equal('preventive');
    expect(String(rows.get('5120')?.equipment_id)).to.include('Conveyor 2');
  });

  it('is seen through when somebody posts a consumption twice', async () => {
    const [move] = await line.rpc.searchRead<{
      id: number;
      product_id: [number];
      quantity: number;
      product_uom: [number];
    }>('stock.move', [['millwright_operation_id', '!=', false]], ['product_id', 'quantity', 'product_uom'], {
      limit: 1,
    });
    if (move === undefined) throw new Error('no move was posted');
    await postPicking(line, move.product_id[0], move.quantity, move.product_uom[0]);
    const audit = await line.audit();
    expect(audit).to.include({ lost: 0, double: 1, wrongStock: 1, ok: false });
  });

  it('is seen through when a posted consumption disappears or is changed', async () => {
    const before = await line.audit();
    const ids = await line.rpc.search('stock.move', [['millwright_operation_id', '!=', false]], {
      limit: 2,
      order: 'id desc',
    });
    await sql(`delete from stock_move where id = ${Number(ids[0])}`, DATABASE);
    expect(await line.audit()).to.include({ lost: before.lost + 1, double: before.double });
    await sql(`update stock_move set quantity = quantity + 0.01 where id = ${Number(ids[1])}`, DATABASE);
    expect(await line.audit()).to.include({ lost: before.lost + 2, double: before.double + 1 });
  });
});

async function requestsByOrder(line: Line): Promise<Map<string, Request>> {
  type Row = { external_id: string; request_id: [number, string] | false };
  const rows = await line.rpc.searchRead<Row>(
    'millwright.atlas.work_order',
    [],
    ['external_id', 'request_id'],
  );
  const fields = ['archive', 'kanban_state', 'stage_id', 'maintenance_type', 'equipment_id'];
  const requests = await line.rpc.searchRead<Request>('maintenance.request', [], fields);
  const byId = new Map(requests.map((request) => [request.id, request]));
  return new Map(
    rows.flatMap((row) => {
      const request = row.request_id === false ? undefined : byId.get(row.request_id[0]);
      return request === undefined ? [] : [[row.external_id, request]];
    }),
  );
}

function stateOf(request: Request): Record<string, unknown> {
  return { archive: request.archive, stage: request.stage_id[1], kanban: request.kanban_state };
}

function expectedState(status: string): Record<string, unknown> {
  const stage = status === 'OPEN' ? 'New Request' : status === 'COMPLETE' ? 'Repaired' : 'In Progress';
  return { archive: false, stage, kanban: status === 'ON_HOLD' ? 'blocked' : 'normal' };
}

/** A person posts the same again with a transfer of Odoo's own. */
async function postPicking(line: Line, product: number, quantity: number, unit: number): Promise<void> {
  const [type] = await line.rpc.search('stock.picking.type', [['code', '=', 'outgoing']], { limit: 1 });
  const places = { location_id: line.plant.stockLocation, location_dest_id: line.plant.consumptionLocation };
  const move = {
    product_id: product,
    product_uom_qty: quantity,
    product_uom: unit,
    quantity,
    picked: true,
    ...places,
  };
  const picking = await line.rpc.create('stock.picking', {
    picking_type_id: type,
    ...places,
    move_ids: [[0, 0, move]],
  });
  await line.rpc.call('stock.picking', 'button_validate', [[picking]]);
}
