import { expect } from 'chai';
import { callInShell, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { PARTS } from '../../scripts/shift/index.ts';
import { newWorkOrder, takePart } from '../helpers/messages.ts';
import { startSeededOdoo, type SeededOdoo } from '../helpers/odoo.ts';

const DATABASE = ownDatabase('explain');
const PROBE = new URL('./explain/probe.py', import.meta.url);

interface Found {
  /** Tables with rows that a second connection could not change, while it ran and afterwards. */
  during: string[];
  after: string[];
  changed: string[];
  sent: string[];
  shown: string;
  state: string;
}

/** With connections of their own, where the tests inside Odoo have one for all. */
describe('Explain on a real database', function () {
  this.timeout(180_000);
  let odoo: SeededOdoo;
  let found: Found;

  before(async () => {
    odoo = await startSeededOdoo(DATABASE, PARTS);
    await odoo.post([newWorkOrder(7, 'Order 7', 1)]);
    await odoo.settle();
    await sql(`UPDATE ir_cron SET active = false`, DATABASE);
    const [part] = PARTS;
    if (part === undefined) throw new Error('There are no parts.');
    await odoo.post([takePart(part, 7, 3, 2)]);
    await odoo.server.stop(); // nobody else works on the database
    found = await callInShell<Found>(DATABASE, PROBE, 'probe', { subject: 'work_order/7' });
  });
  after(async () => {
    await odoo.stop();
  });

  it('holds locks while it runs and none behind it, before the person’s own transaction ends', () => {
    expect(found.during).to.include('stock_quant');
    expect(found.after).to.deep.equal([]);
  });

  it('changes no row of any table and no file, sends nothing, and shows what it would do', () => {
    expect(found.changed).to.deep.equal([]);
    expect(found.sent).to.deep.equal([]);
    expect(found.state).to.equal('pending');
    expect(found.shown).to.include('Stock Move').and.include('Deep groove ball bearing');
  });
});
