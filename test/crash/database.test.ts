import { expect } from 'chai';
import {
  BringUpError,
  odooArguments,
  ownDatabase,
  OwnCluster,
  startOdoo,
  type OdooServer,
} from '../../scripts/odoo/index.ts';
import type { Delivery } from '../../scripts/shift/index.ts';
import { Line } from '../../scripts/start/line.ts';
import { Random } from '../../scripts/shift/random.ts';
import { pause, until } from '../helpers/wait.ts';
import { crashSeed, expectNothingLostOrDouble, sendUntil, shiftOfDay } from './load.ts';
import { Takings } from './takings.ts';

const DATABASE = ownDatabase('crash_cluster');
const RESTARTS = 3;
const WAIT_MS = 150_000; // twice Odoo's own poll of a minute
const DIRECT_MS = 5_000;

describe('Odoo on a PostgreSQL that fails or is pooled', function () {
  this.timeout(360_000);
  let cluster: OwnCluster;
  let line: Line;
  let cron: OdooServer | undefined;
  let orders = 80_000;
  const takings = new Takings();

  before(async () => {
    cluster = await OwnCluster.create('crash');
    line = await Line.open({
      name: DATABASE,
      mode: 'until_accepted',
      database: (installed) => cluster.take(installed, DATABASE),
      odoo: { workers: 2, maxCronThreads: 2, args: odooArguments(cluster.socket) },
    });
  });
  after(async () => {
    await cron?.stop();
    await line.close();
    await cluster.stop();
  });

  it(`loses and doubles nothing over ${RESTARTS} immediate restarts of PostgreSQL under load, and goes on by itself`, async () => {
    const seed = crashSeed();
    const random = new Random(seed);
    const supervisor = superviseOdoo();
    let restarts = 0;
    let atWork = 0;
    try {
      const pace = { connections: 4, portion: 15, pauseMs: 800 };
      const load = sendUntil(line, seed, pace, () => restarts >= RESTARTS);
      while (restarts < RESTARTS) {
        const before = await doneRows();
        const atFullWork = async (): Promise<boolean> =>
          (await openRows()) >= 10 && (await doneRows()) > before;
        await until(atFullWork, WAIT_MS, 'Odoo is at work again');
        await pause(random.integer(0, 600));
        if ((await openRows()) > 0) atWork += 1;
        await cluster.stopImmediately();
        await cluster.start();
        restarts += 1;
      }
      await load;
      expect(atWork, 'restarts that met open messages').to.be.greaterThan(0);
      await expectNothingLostOrDouble(line);
    } finally {
      const starts = await supervisor.end();
      process.stderr.write(
        `    ${atWork} of ${restarts} restarts met open messages; Odoo was started again ${starts} times\n`,
      );
    }
  });

  it('works off everything right behind PgBouncer in transaction mode, only later: Odoo hears no wake-up through it', async () => {
    const pooled = await cluster.pooled();
    await line.server?.stop();
    await line.restartOdoo({ args: odooArguments(pooled) });
    const delay = await delayOf(shiftOfDay(1, crashSeed(), 8, 60_000));
    await expectNothingLostOrDouble(line);

    await line.server?.stop();
    await line.restartOdoo({ args: odooArguments(pooled), maxCronThreads: 0 });
    cron = await startOdoo({ db: DATABASE, maxCronThreads: 2, args: odooArguments(cluster.socket) });
    await cron.waitReady();
    const cured: number[] = [];
    for (let round = 0; round < 3; round += 1) cured.push(await delayOf([takings.order((orders += 1))]));
    await expectNothingLostOrDouble(line);
    process.stderr.write(
      `    from sent to done behind PgBouncer: ${delay} ms; with a direct connection for the crons: ${cured.join(', ')} ms\n`,
    );
    expect(Math.min(...cured)).to.be.below(DIRECT_MS);
  });

  /**
   * What a service manager does. Odoo's master ends when it wants to replace a worker and finds no database: nothing of ours can
   * prevent that, and nothing of ours may mind. Gives how to end it, which resolves to the number of starts.
   */
  function superviseOdoo(): { end: () => Promise<number> } {
    const over = new AbortController();
    let starts = 0;
    const loop = (async () => {
      while (!over.signal.aborted) {
        await pause(200);
        if (line.server?.exited() === undefined) continue;
        await line.server.kill('SIGKILL'); // its workers may still hold the port
        await line.restartOdoo().catch((error: unknown) => {
          if (!(error instanceof BringUpError)) throw error; // the database was not there yet: once more
        });
        if (line.server.exited() === undefined) starts += 1;
      }
    })();
    return {
      end: async () => {
        over.abort();
        await loop;
        return starts;
      },
    };
  }

  /** Milliseconds until the first of what is sent now is done. */
  async function delayOf(deliveries: Delivery[]): Promise<number> {
    const before = await doneRows();
    const start = Date.now();
    await line.cmms.work(deliveries, 4);
    await until(async () => (await doneRows()) > before, WAIT_MS, 'the first is done');
    return Date.now() - start;
  }

  async function openRows(): Promise<number> {
    return count("state in ('pending', 'processing')");
  }

  async function doneRows(): Promise<number> {
    return count("state = 'done'");
  }

  async function count(condition: string): Promise<number> {
    return Number(await cluster.sql(`select count(*) from millwright_inbox where ${condition}`, DATABASE));
  }
});
