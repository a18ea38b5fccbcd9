import { expect } from 'chai';
import { dropDatabase, ownDatabase } from '../../scripts/odoo/index.ts';
import { Random } from '../../scripts/shift/random.ts';
import { Line } from '../../scripts/start/line.ts';
import { pause } from '../helpers/wait.ts';
import { crashSeed, expectNothingLostOrDouble, sendUntil } from './load.ts';

const DATABASE = ownDatabase('crash_sidecar');
const KILLS = 24;

describe('a sidecar that is killed under load', function () {
  this.timeout(240_000);
  let line: Line;

  before(async () => {
    line = await Line.open({ name: DATABASE, mode: 'until_accepted' });
  });
  after(async () => {
    await line.close();
    await dropDatabase(DATABASE);
  });

  it(`loses and doubles nothing over ${KILLS} SIGKILLs at random moments`, async () => {
    const seed = crashSeed();
    const random = new Random(seed);
    let kills = 0;
    const load = sendUntil(line, seed, { connections: 8, portion: 40, pauseMs: 120 }, () => kills >= KILLS);
    while (kills < KILLS) {
      await pause(random.integer(20, random.chance(0.3) ? 120 : 900));
      await line.sidecar.kill();
      kills += 1;
      await pause(random.integer(0, 150));
      await line.sidecar.start();
    }
    await load;
    const attempts = line.cmms.sender.sent.flatMap((callback) => callback.attempts);
    const torn = attempts.filter(
      ({ status, error }) => status === null && !(error ?? '').includes('ECONNREFUSED'),
    );
    process.stderr.write(`    ${torn.length} requests were torn off by ${kills} kills\n`);
    expect(torn.length, 'kills that met a request').to.be.greaterThan(KILLS / 2);
    await expectNothingLostOrDouble(line);
  });
});
