import { expect } from 'chai';
import { dropDatabase, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { Random } from '../../scripts/shift/random.ts';
import type { Line } from '../../scripts/start/line.ts';
import { until } from '../helpers/wait.ts';
import { BadLink, LINK_FAULTS, type LinkFault } from './bad-link.ts';
import { Faults } from './faults.ts';
import { crashSeed, expectNothingLostOrDouble, sendUntil, shiftOfDay } from './load.ts';

const DATABASE = ownDatabase('crash_link');
const WAIT_MS = 90_000;
const REFUSALS = 3;
/** After these the sidecar waits for longer: a wrong address? an event that Odoo never answers? */
const ONCE: LinkFault[] = ['answer_is_half', 'answer_names_nothing'];

describe('a bad link between the sidecar and Odoo', function () {
  this.timeout(240_000);
  const link = new BadLink();
  let line: Line;
  let faults: Faults;
  let seed: number;

  before(async () => {
    seed = crashSeed();
    faults = await Faults.create('link');
    line = await faults.openLine({ name: DATABASE, between: (odooUrl) => link.open(odooUrl) });
  });
  after(async () => {
    await line.close();
    await link.close();
    await dropDatabase(DATABASE);
  });

  it('loses and doubles nothing, whatever becomes of request and answer, before the commit and after it', async () => {
    const random = new Random(seed);
    const open = LINK_FAULTS.flatMap((fault) => Array<LinkFault>(timesOf(fault)).fill(fault));
    let isTurn = false;
    link.fault = () => {
      isTurn = !isTurn; // after each fault something gets through
      return isTurn ? (open.splice(random.integer(0, open.length - 1), 1)[0] ?? null) : null;
    };
    await sendUntil(line, seed, { connections: 4, portion: 10, pauseMs: 400 }, () => open.length === 0);
    await expectAllDelivered();
    for (const fault of LINK_FAULTS)
      expect(
        link.happened.filter((name) => name === fault),
        fault,
      ).to.have.length(timesOf(fault));
    process.stderr.write(`    ${link.happened.join(', ')}\n`);
  });

  it('loses and doubles nothing when Odoo itself answers 500 to what it has rolled back', async () => {
    link.fault = () => null;
    const before = await stored();
    faults.arm('storing', { act: 'raise' });
    await line.cmms.work(shiftOfDay(1, seed, 6, 40_000), 4);
    await until(() => faults.happened('storing', 'raised').length >= REFUSALS, WAIT_MS, 'Odoo refuses');
    expect(await stored(), 'what was rolled back').to.equal(before);
    faults.disarm('storing');
    await expectAllDelivered();
  });

  function timesOf(fault: LinkFault): number {
    return ONCE.includes(fault) ? 1 : 2;
  }

  async function expectAllDelivered(): Promise<void> {
    await expectNothingLostOrDouble(line);
    expect(await line.sidecar.counts()).to.include({ dead: 0, pending: 0 });
  }

  async function stored(): Promise<number> {
    return Number(await sql('select count(*) from millwright_inbox', DATABASE));
  }
});
