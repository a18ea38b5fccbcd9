import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { dropDatabase, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { PARTS, type Part } from '../../scripts/shift/index.ts';
import { drain } from '../../scripts/start/drain.ts';
import type { Line } from '../../scripts/start/line.ts';
import { until } from '../helpers/wait.ts';
import { Faults, type Point } from './faults.ts';
import { crashSeed, expectNothingLostOrDouble, shiftOfDay } from './load.ts';
import { LogFromHere } from './log.ts';
import { Takings } from './takings.ts';

const DATABASE = ownDatabase('crash_workers');
const WAIT_MS = 90_000;
/** The points of a run in which nothing fails, then those of its failures. */
const CALM: Point[] = ['planned', 'claimed', 'begun', 'effect', 'committed'];
const FAILURE: Point[] = ['failing', 'failed'];
/** As a command names the part. */
const BROKEN = '"value":"203"';
const TAKING = 'PART_QUANTITY_CHANGED';
const MOVEMENT = '"kind":"parts_consumption"';

describe('Odoo with two cron workers and two runners', function () {
  this.timeout(300_000);
  let line: Line;
  let faults: Faults;
  let seed: number;
  let wholeLog: LogFromHere;
  let shifts = 0;
  const takings = new Takings();
  let orders = 70_000;

  before(async () => {
    seed = crashSeed();
    faults = await Faults.create('workers');
    line = await faults.openLine({ name: DATABASE, odoo: { workers: 2, maxCronThreads: 2 } });
    await setRunners(2);
    wholeLog = new LogFromHere(line.server?.logFile ?? '');
  });
  after(async () => {
    await line.close();
    await dropDatabase(DATABASE);
  });

  const ways = [
    { way: 'planned before', planned: true, told: /met a conflict \(\d+\) and is tried again/ },
    {
      way: 'in the transactions that plan them',
      planned: false,
      told: /Messages \[\d+\] met SerializationFailure/,
    },
  ];
  for (const { way, planned, told } of ways) {
    it(`lets two of them post the same part at the same time, ${way}: one conflict, one effect each, no attempt, no error`, async () => {
      const log = new LogFromHere(line.server?.logFile ?? '');
      const { messages, release } = await meetOnOnePart(planned);
      await release();
      await settled(messages);
      expect(log.count(told)).to.equal(1);
      expect(log.errors).to.deep.equal([]);
      expect(await attempts(messages)).to.deep.equal(['done 1 0', 'done 1 0']);
      await expectNothingLostOrDouble(line);
    });
  }

  it('loses and doubles nothing when one dies while it gives back what met a conflict', async () => {
    const { messages, release } = await meetOnOnePart(true);
    await dieAt('giving_back', release);
    await setMode('active');
    await work();
    await settled(messages);
    await expectNothingLostOrDouble(line);
  });

  for (const point of CALM) {
    it(`goes on with the other one when one dies at the point "${point}", and nothing is lost or double`, async () => {
      await dieAt(point, () => work());
      await work();
      await expectNothingLostOrDouble(line);
    });
  }

  for (const point of FAILURE) {
    it(`settles a failure in the end when one dies at the point "${point}" of it`, async () => {
      faults.arm('begun', { act: 'raise', text: BROKEN });
      await dieAt(point, () => work(true));
      faults.disarm('begun');
      await until(async () => (await processing()) === 0, WAIT_MS, 'what the dead one left is taken back');
      await hurry();
      await work();
      await expectNothingLostOrDouble(line);
    });
  }

  it('takes back what a dead one left, although the next one dies while it does so', async () => {
    faults.arm('taking_back', { act: 'kill' });
    await dieAt('claimed', () => work());
    await work();
    await until(() => faults.happened('taking_back', 'killed').length > 0, WAIT_MS, 'the second death');
    await work();
    await expectNothingLostOrDouble(line);
  });

  it('releases what was held, although one dies while it does so', async () => {
    await line.rpc.update('millwright.backend', [line.plant.backend], { enabled: false });
    await work();
    await until(async () => (await count("state = 'held'")) > 0, WAIT_MS, 'messages are held');
    await dieAt('released', () =>
      line.rpc.update('millwright.backend', [line.plant.backend], { enabled: true }),
    );
    await work();
    await expectNothingLostOrDouble(line);
  });

  it('let both runners carry out commands of all this', () => {
    for (const runner of ["inbox messages'", "\\(runner 2\\)'"])
      expect(
        wholeLog.count(new RegExp(`${runner} \\(\\d+\\) fully done \\(#loop \\d+; done [1-9]`)),
      ).to.be.greaterThan(0);
  });

  /** A small shift that no test has sent before. */
  async function work(withBroken = false): Promise<void> {
    shifts += 1;
    const deliveries = shiftOfDay(shifts, seed, 5, 30_000 + shifts * 100);
    await line.cmms.work(deliveries, 4);
    if (!withBroken) return;
    const order = (orders += 1);
    await line.cmms.work([takings.order(order), takings.take(order, part(203))], 1);
  }

  async function dieAt(point: Point, doing: () => Promise<void>): Promise<void> {
    faults.arm(point, { act: 'kill' });
    await doing();
    const dead = (): number[] => faults.happened(point, 'killed');
    await until(() => dead().length > 0, WAIT_MS, `a worker comes by the point "${point}"`);
    expect(dead()).to.not.include(line.server?.pid);
    expect(line.server?.exited(), 'the master').to.equal(undefined);
  }

  /**
   * Two movements of one product in two transactions that both have seen the stock before either has changed it. The product's
   * shard is the second runner's; the first has it still, since it was alone when it took it. What is planned before waits for its
   * release then, on a route that is run by hand.
   */
  async function meetOnOnePart(
    planned: boolean,
  ): Promise<{ messages: string[]; release: () => Promise<void> }> {
    const shared = PARTS.find((candidate) => isOfSecondRunner(candidate));
    if (shared === undefined) throw new Error('no part is of the second runner');
    const [first, second] = [(orders += 1), (orders += 1)];
    await line.cmms.work([takings.order(first), takings.order(second)], 1);
    await drain(line.rpc, line.sidecar, { timeoutMs: WAIT_MS });
    const newest = await sql('select max(id) from millwright_inbox', DATABASE);
    await setMode(planned ? 'manual' : 'active');
    await setRunners(1);
    faults.arm('begun', { act: 'wait', text: MOVEMENT });
    await line.cmms.work([takings.take(first, shared)], 1);
    if (planned) await releaseHeld(newest);
    const [one = 0] = await faults.waiting('begun', 1);
    await setRunners(2);
    await line.cmms.work([takings.take(second, shared)], 1);
    if (planned) await releaseHeld(newest);
    const both = await faults.waiting('begun', 2);
    faults.disarm('begun');
    const other = both.find((pid) => pid !== one) ?? 0;
    const messages = await takingsSince(newest);
    expect(messages).to.have.length(2);
    const release = async (): Promise<void> => {
      await faults.letGo('begun', one);
      await until(async () => (await attempts(messages)).some(isDone), WAIT_MS, 'the first is done');
      await faults.letGo('begun', other);
    };
    return { messages, release };
  }

  function isOfSecondRunner(candidate: Part): boolean {
    const product = line.plant.bindings.get(String(candidate.id)) ?? 0;
    const key = `company/${line.plant.company}/product/${product}`;
    const shard = createHash('sha256').update(key).digest().readUInt32BE() % 32_768;
    return shard >= 16_384;
  }

  async function takingsSince(newest: string): Promise<string[]> {
    const condition = `id > ${newest} and event = '${TAKING}'`; // their commands may not be committed yet
    const ids = await sql(`select id from millwright_inbox where ${condition} order by id`, DATABASE);
    return ids.split('\n');
  }

  async function attempts(ids: string[]): Promise<string[]> {
    const columns = "state || ' ' || attempts || ' ' || coalesce(conflicts, 0)";
    const rows = await sql(
      `select ${columns} from millwright_inbox where id in (${ids.join()}) order by id`,
      DATABASE,
    );
    return rows.split('\n');
  }

  async function settled(ids: string[]): Promise<void> {
    await until(async () => (await attempts(ids)).every(isDone), WAIT_MS, 'both are done');
  }

  async function setRunners(number: number): Promise<void> {
    await line.rpc.call('ir.config_parameter', 'set_param', ['millwright.runners', String(number)]);
  }

  async function setMode(mode: string): Promise<void> {
    const routes = await line.rpc.search('millwright.route', [['flow', '=', 'consumption']]);
    await line.rpc.update('millwright.route', routes, { mode });
  }

  /** Lets what has come since go on, as soon as it is held; it is planned already. */
  async function releaseHeld(newest: string): Promise<void> {
    const condition = [
      ['id', '>', Number(newest)],
      ['state', '=', 'held'],
    ];
    let held: number[] = [];
    await until(
      async () => (held = await line.rpc.search('millwright.inbox', condition)).length > 0,
      WAIT_MS,
      'a planned message is held',
    );
    await line.rpc.call('millwright.inbox', 'action_release', [held]);
  }

  async function count(condition: string): Promise<number> {
    return Number(await sql(`select count(*) from millwright_inbox where ${condition}`, DATABASE));
  }

  async function processing(): Promise<number> {
    return count("state = 'processing'");
  }

  /** What waits for its next attempt need not wait for the clock. */
  async function hurry(): Promise<void> {
    await sql("update millwright_inbox set next_attempt_at = null where state = 'pending'", DATABASE);
  }
});

function isDone(text: string): boolean {
  return text.startsWith('done ');
}

function part(id: number): Part {
  const found = PARTS.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no part ${id}`);
  return found;
}
