import { expect } from 'chai';
import { dropDatabase, sql, ownDatabase } from '../../scripts/odoo/index.ts';
import { Random } from '../../scripts/shift/random.ts';
import type { Line } from '../../scripts/start/line.ts';
import { pause, until } from '../helpers/wait.ts';
import { Faults, POINTS, type Point } from './faults.ts';
import { crashSeed, expectNothingLostOrDouble, sendUntil, shiftOfDay } from './load.ts';

const DATABASE = ownDatabase('crash_odoo');
const RANDOM_KILLS = 8;
const DEATH_MS = 40_000;
/** Odoo puts a job off for its five minutes when its process died three times in a row. */
const PUT_OFF_MS = 300_000 + 120_000;
/** After its last death here nobody tells Odoo anything. */
const ALONE: Point = 'claimed';

describe('an Odoo that is killed', function () {
  this.timeout(300_000);
  let line: Line;
  let faults: Faults;
  let seed: number;
  let random: Random;

  before(async () => {
    seed = crashSeed();
    random = new Random(seed);
    faults = await Faults.create('crash');
    line = await faults.openLine({ name: DATABASE });
  });
  after(async () => {
    await line.close();
    await dropDatabase(DATABASE);
  });

  for (const [index, point] of POINTS.entries()) {
    it(`loses and doubles nothing when it dies at the point "${point}"`, async () => {
      for (let round = 0; round < 2; round += 1) {
        const number = index * 2 + round;
        const deliveries = shiftOfDay(number, seed, 12, 20_000 + number * 100);
        await dieAt(point, round === 0 ? 0 : random.integer(1, 2), () => line.cmms.work(deliveries, 4));
        // One that is told something looks for open work at once; one that is not goes on by itself, a minute after its start.
        if (round > 0 && point !== ALONE)
          await line.cmms.work(shiftOfDay(number, seed, 1, 20_050 + number * 100), 1);
      }
      await expectNothingLostOrDouble(line);
    });
  }

  it(`loses and doubles nothing over ${RANDOM_KILLS} SIGKILLs at random moments under load`, async function () {
    this.timeout(2 * PUT_OFF_MS);
    let kills = 0;
    let atWork = 0;
    const load = sendUntil(
      line,
      seed,
      { connections: 4, portion: 30, pauseMs: 1000 },
      () => kills >= RANDOM_KILLS,
    );
    while (kills < RANDOM_KILLS) {
      const deadline = Date.now() + DEATH_MS;
      while ((await openRows()) === 0 && Date.now() < deadline) await pause(10);
      await pause(random.integer(0, 600));
      await line.server?.kill('SIGKILL');
      kills += 1;
      if ((await openRows()) > 0) atWork += 1;
      await line.restartOdoo();
    }
    await load;
    process.stderr.write(`    ${atWork} of ${kills} kills met open messages\n`);
    expect(atWork, 'kills that met open messages').to.be.greaterThan(0);
    await expectNothingLostOrDouble(line, PUT_OFF_MS);
  });

  /** Asked of the database itself, since Odoo may be dead. */
  async function openRows(): Promise<number> {
    return Number(
      await sql("select count(*) from millwright_inbox where state in ('pending', 'processing')", DATABASE),
    );
  }

  async function dieAt(point: Point, passes: number, work: () => Promise<void>): Promise<void> {
    const pid = line.server?.pid;
    faults.arm(point, { act: 'kill', passes });
    await work();
    const came = `Odoo comes by the point "${point}" ${passes + 1} times`;
    await until(() => line.server?.exited() !== undefined, DEATH_MS, came);
    expect(line.server?.exited()).to.equal('SIGKILL');
    expect(faults.happened(point, 'killed')).to.deep.equal([pid]);
    await line.restartOdoo();
  }
});
