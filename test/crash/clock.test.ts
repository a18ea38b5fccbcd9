import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { ensurePackages } from '../../scripts/odoo/apt.ts';
import { exec } from '../../scripts/odoo/exec.ts';
import { dropDatabase, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { generateShift } from '../../scripts/shift/index.ts';
import { Line } from '../../scripts/start/line.ts';
import { crashSeed, expectNothingLostOrDouble } from './load.ts';

const DATABASE = ownDatabase('crash_clock');
const HOURS_BACK = 5;

describe('Odoo whose clock is turned back', function () {
  this.timeout(300_000);
  let line: Line;

  before(async () => {
    line = await Line.open({ name: DATABASE, mode: 'until_accepted' });
  });
  after(async () => {
    await line.close();
    await dropDatabase(DATABASE);
  });

  it(`works on ${HOURS_BACK} hours behind what its rows say: in order, nothing lost, nothing double`, async () => {
    const seed = crashSeed();
    const shift = (number: number): ReturnType<typeof generateShift> =>
      generateShift({
        seed: seed + number,
        workOrders: 10,
        firstWorkOrder: 40_000 + number * 100,
        start: Date.UTC(2026, 9, 1 + number, 6),
        withLateAsset: false,
        withUnboundPart: false,
      });
    await line.cmms.work(shift(0).deliveries, 4);
    await line.server?.kill('SIGKILL'); // in the middle: rows are claimed, waiting and planned at times of before
    await line.restartOdoo({ through: await clockBehind(HOURS_BACK) });
    await line.cmms.work(shift(1).deliveries, 4);
    await expectNothingLostOrDouble(line);
    expect(await hoursBehind()).to.be.within(HOURS_BACK - 0.1, HOURS_BACK + 0.1);
  });

  /** By how much the newest end of a message lies behind PostgreSQL's clock: shows that Odoo's clock was turned back. */
  async function hoursBehind(): Promise<number> {
    const newest = "select finished_at from millwright_inbox where state = 'done' order by id desc limit 1";
    const age = `extract(epoch from (now() at time zone 'UTC') - (${newest}))`;
    return Number(await sql(`select ${age} / 3600`, DATABASE));
  }
});

/** Starts a process that sees an earlier clock; its waiting times are real. */
async function clockBehind(hours: number): Promise<string[]> {
  await ensurePackages(['libfaketime'], 'a clock that can be turned back');
  const { stdout } = await exec(['dpkg', '-L', 'libfaketime']);
  const library = stdout.split('\n').find((path) => path.endsWith('/libfaketimeMT.so.1'));
  if (library === undefined || !existsSync(library))
    throw new Error('The package libfaketime has no libfaketimeMT.so.1: install the one of Debian 12.');
  return ['/usr/bin/env', `LD_PRELOAD=${library}`, `FAKETIME=-${hours}h`, 'FAKETIME_DONT_FAKE_MONOTONIC=1'];
}
