import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { idOf } from './second-product/plant.ts';
import { millwright, SecondLine, SPEC } from './second-product/line.ts';

type Reference = [id: number, name: string] | false;
type Row = Record<string, unknown>;

interface Move {
  id: number;
  product_id: Reference;
  product_uom: Reference;
  quantity: number;
  state: string;
  location_id: Reference;
  location_dest_id: Reference;
  lots: string[];
  origin_returned_move_id: Reference;
  millwright_occurred_at: string;
}

/** Minutes past eight in the morning, as the product writes its times. */
const at = (minute: number): string => `2026-09-03T08:${String(minute).padStart(2, '0')}:00+02:00`;

const MACHINE = {
  ...{ label: 'Press 3', plate: 'SN-4711', site: 'SUED', family: { label: 'Presses' }, price: '12500.50' },
  ...{ since: '2026-01-31T23:30:00Z', floor: 2, contact_pressure: 6.25, seen: '2026-09-03 07:59:30' },
  ...{ fitter: 'somebody', scrapped: false },
};
const job = (no: string, minute: number, state: string, rest: Row = {}): Row => ({
  ...{ no, at: at(minute) },
  job: { subject: `Job ${no}`, state, site: 'SUED', urgency: 1, machine: { no: 'M/7' }, ...rest },
});
const grease = { article: { no: 'ART/77', label: 'Grease' }, measure: 'GRM', batch_no: 'CH-17' };
const belts = { article: { no: 'ART/9', label: 'Belt' }, measure: 'Pack of 6' };
const slip = (name: string, jobNo: string, minute: number, ...rows: Row[]): Row => ({
  ...{
    slip: name,
    job_no: jobNo,
    at: at(minute),
    rows: rows.map((row, index) => ({ row_no: index + 1, ...row })),
  },
});

/** One story over a real sidecar and a real Odoo; the tests look at it in its order. */
describe('a second product, by its spec alone', function () {
  this.timeout(180_000);
  const line = new SecondLine();
  const { acme } = line;

  before(() => line.open());
  after(() => line.close());

  it('is generated to the same bytes again', async () => {
    const again = join(line.folder, 'again');
    const lock = ['--lock', join(line.folder, 'again.lock.json')];
    await millwright('generate', SPEC, '--out', again, ...lock);
    expect(contents(again)).to.deep.equal(contents(line.addons));
    await millwright('generate', SPEC, '--out', again, ...lock, '--check');
  });

  it('installs beside the runtime without a warning, and its generated tests pass', () => {
    expect(line.installed.warnings).to.deep.equal([]);
    expect(line.installed.tests).to.deep.equal({ run: 6, failed: 0, errors: 0, skipped: [] });
  });

  it('refuses a callback whose signature is written in another encoding', async () => {
    const { status } = await acme.tell('machine.saved', { no: 'M/0', at: at(0) }, 'hex');
    expect(status).to.equal(401);
  });

  it('reads a machine that a thin callback only names, and makes equipment of it', async () => {
    acme.machines.set('M/7', MACHINE);
    expect((await acme.tell('machine.saved', { no: 'M/7', at: at(1) })).status).to.equal(202);
    await line.rest();
    expect(acme.reads).to.deep.equal(['GET /registry/machines/M%2F7']);
    const [row] = await line.odoo.searchRead<Row>(
      'millwright.acme.machine',
      [['external_id', '=', 'M/7']],
      ['equipment_id', 'plant_id', 'state', 'floor', 'pressure', 'seen_at'],
    );
    expect(row).to.deep.include({ state: 'done', floor: 2, pressure: 6.25, seen_at: '2026-09-03 05:59:30' });
    expect(row?.['plant_id']).to.deep.equal([line.shelf.plant, 'South']);
    const fields = ['name', 'serial_no', 'model', 'cost', 'effective_date', 'category_id'];
    const [equipment] = await line.odoo.read<Row>(
      'maintenance.equipment',
      [idOf(row?.['equipment_id'] as Reference)],
      fields,
    );
    expect(equipment).to.deep.include({
      ...{ name: 'Press 3', serial_no: 'SN-4711', model: 'generic', cost: 12500.5 },
      effective_date: '2026-02-01', // half past midnight in Berlin
    });
    expect(equipment?.['category_id']).to.include('Presses');
  });

  it('makes a maintenance request of a job', async () => {
    await acme.tell('job.saved', job('J-100', 2, 'running', { until: '2026-09-04 17:00', effort: 1.5 }));
    await line.rest();
    const request = await requestOf('J-100');
    expect(request).to.deep.include({
      ...{ name: 'Job J-100', maintenance_type: 'corrective', priority: '3', duration: 1.5, archive: false },
      schedule_date: '2026-09-04 15:00:00', // five in the afternoon in Berlin
    });
    expect(request['stage_id']).to.include('In Progress');
    expect(request['equipment_id']).to.include('Press 3/SN-4711');
  });

  it('posts what was used: one done move per row, in the unit it was booked in, from the lot that is named', async () => {
    const booked = slip('S-1', 'J-100', 3, { ...grease, taken: 250 }, { ...belts, taken: '2' });
    await acme.tell('usage.booked', booked);
    await line.rest();
    const { grease: product, belt, location, consumption } = line.shelf;
    const taken = { state: 'done', from: location, to: consumption };
    const moves = await movesOf('J-100');
    expect(moves.map(facts)).to.have.deep.members([
      { product, unit: 'g', quantity: 250, lots: ['CH-17'], ...taken },
      { product: belt, unit: 'Pack of 6', quantity: 2, lots: [], ...taken },
    ]);
    expect(moves[0]?.millwright_occurred_at).to.equal('2026-09-03 06:03:00');
    expect(await onHand()).to.deep.equal({ 'CH-17': 1.75, 'CH-18': 1, belts: 18 });
  });

  it('posts nothing twice, however the product spells it', async () => {
    const booked = slip('S-1', 'J-100', 3, { ...grease, taken: 250 }, { ...belts, taken: '2' });
    const again = await acme.tell('usage.booked', booked);
    const spelled = await acme.tell('usage.booked', JSON.stringify({ sent_again: true, ...booked }, null, 2));
    expect([again, spelled].map(({ status, body }) => [status, body['status']])).to.deep.equal([
      [202, 'duplicate'],
      [202, 'duplicate'],
    ]);
    await line.rest();
    expect(await movesOf('J-100')).to.have.length(2);
  });

  it('takes back what is returned, to the same lot and against the same move', async () => {
    const taken = (await movesOf('J-100')).find((move) => idOf(move.product_id) === line.shelf.grease);
    await acme.tell('usage.booked', slip('S-2', 'J-100', 4, { ...grease, taken: -50 }));
    await line.rest();
    const move = (await movesOf('J-100')).at(-1);
    const { grease: product, location, consumption } = line.shelf;
    expect(move && facts(move)).to.deep.equal({
      ...{
        product,
        unit: 'g',
        quantity: 50,
        state: 'done',
        from: consumption,
        to: location,
        lots: ['CH-17'],
      },
    });
    expect(idOf(move?.origin_returned_move_id)).to.equal(taken?.id);
    expect(await onHand()).to.deep.equal({ 'CH-17': 1.8, 'CH-18': 1, belts: 18 });
  });

  it('holds what cannot be right: litres of something weighed, and more than the shelf has', async () => {
    await acme.tell('usage.booked', slip('S-3', 'J-100', 5, { ...grease, taken: 1, measure: 'LTR' }));
    await acme.tell('usage.booked', slip('S-4', 'J-100', 6, { ...grease, taken: 5000, batch_no: 'CH-18' }));
    const { inbox } = await line.rest();
    expect(inbox).to.include({ held: 2, dead: 0, ignored: 0 });
    const held = await line.odoo.searchRead<Row>('millwright.inbox', [['state', '=', 'held']], ['code'], {
      order: 'id',
    });
    expect(held.map(({ code }) => code)).to.deep.equal(['unit_mismatch', 'shortage']);
    expect(await movesOf('J-100')).to.have.length(3);
    expect(await onHand()).to.deep.equal({ 'CH-17': 1.8, 'CH-18': 1, belts: 18 });
  });

  it('waits with what was used for a job that is not known yet, and posts it when the job comes', async () => {
    await acme.tell('usage.booked', slip('S-5', 'J-200', 8, { ...grease, taken: 100 }));
    expect((await line.rest()).inbox.held).to.equal(3);
    await acme.tell('job.saved', job('J-200', 7, 'new'));
    await acme.tell('job.saved', job('J-200', 9, 'closed'));
    expect((await line.rest()).inbox.held).to.equal(2);
    expect(await movesOf('J-200')).to.have.length(1);
    expect((await requestOf('J-200'))['stage_id']).to.include('Repaired');
    expect(await onHand()).to.deep.include({ 'CH-17': 1.7 });
  });

  it('archives the request of a job that was dropped', async () => {
    await acme.tell('job.saved', job('J-300', 10, 'waiting'));
    await acme.tell('job.dropped', { no: 'J-300', at: at(11) });
    await line.rest();
    expect(await requestOf('J-300')).to.include({ archive: true });
  });

  it('brings every callback that was accepted to exactly one end', async () => {
    const { spool, inbox } = await line.rest();
    expect(spool).to.include({ received: 11, duplicates: 2, pending: 0, held: 0, dead: 0 });
    // the two states of J-200 may meet in one batch: then only the newer is carried out
    expect(inbox).to.include({ held: 2, dead: 0 });
    expect(inbox.done + inbox.ignored).to.equal(9);
    const codes = await line.odoo.searchRead<Row>('millwright.inbox', [['state', '=', 'ignored']], ['code']);
    expect(codes.filter(({ code }) => code !== 'coalesced')).to.deep.equal([]);
  });

  async function requestOf(no: string): Promise<Row> {
    const domain = [['external_id', '=', no]];
    const [row] = await line.odoo.searchRead<{ request_id: Reference }>('millwright.acme.job', domain, [
      'request_id',
    ]);
    const fields = ['name', 'maintenance_type', 'priority', 'duration', 'archive', 'schedule_date'];
    const [request] = await line.odoo.read<Row>(
      'maintenance.request',
      [idOf(row?.request_id)],
      [...fields, 'stage_id', 'equipment_id'],
    );
    return request ?? {};
  }

  /** Whatever moves there are for the job, in the order in which they were posted. */
  async function movesOf(no: string): Promise<Move[]> {
    const fields = ['product_id', 'product_uom', 'quantity', 'state', 'location_id', 'location_dest_id'];
    const moves = await line.odoo.searchRead<Move>(
      'stock.move',
      [['origin', '=', `Job ${no}`]],
      [...fields, 'origin_returned_move_id', 'millwright_occurred_at'],
      { order: 'id' },
    );
    const ids = [['move_id', 'in', moves.map(({ id }) => id)]];
    type Line = { move_id: Reference; lot_id: Reference };
    const lines = await line.odoo.searchRead<Line>('stock.move.line', ids, ['move_id', 'lot_id']);
    const lotsOf = (id: number): string[] =>
      lines.flatMap((row) => (idOf(row.move_id) === id && row.lot_id ? [row.lot_id[1]] : []));
    return moves.map((move) => ({ ...move, lots: lotsOf(move.id) }));
  }

  /** On the plant's own shelf. */
  async function onHand(): Promise<Record<string, number>> {
    const domain = [['location_id', '=', line.shelf.location]];
    const quants = await line.odoo.searchRead<{ lot_id: Reference; quantity: number }>(
      'stock.quant',
      domain,
      ['lot_id', 'quantity'],
    );
    return Object.fromEntries(quants.map(({ lot_id: lot, quantity }) => [lot ? lot[1] : 'belts', quantity]));
  }
});

function facts(move: Move): Row {
  return {
    product: idOf(move.product_id),
    unit: move.product_uom && move.product_uom[1],
    quantity: move.quantity,
    state: move.state,
    from: idOf(move.location_id),
    to: idOf(move.location_dest_id),
    lots: move.lots,
  };
}

function contents(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path): [string, string] => [path.slice(folder.length), readFileSync(path, 'latin1')])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
