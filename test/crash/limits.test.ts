import { expect } from 'chai';
import { dropDatabase, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { PARTS, type Part } from '../../scripts/shift/index.ts';
import type { Line } from '../../scripts/start/line.ts';
import { pause, until } from '../helpers/wait.ts';
import { Faults } from './faults.ts';
import { expectNothingLostOrDouble } from './load.ts';
import { LogFromHere } from './log.ts';
import { Takings } from './takings.ts';

const DATABASE = ownDatabase('crash_limits');
const WAIT_MS = 120_000;
const TRAFFIC_MS = 1500;
const LIMIT_SECONDS = 12; // more than the ten that Odoo gives a job
const LIMIT_BYTES = 3 * 1024 ** 3;
const ATTEMPTS = 2;
const [GOOD, BAD] = PARTS as [Part, Part, ...Part[]];
const VICTIM = `"value":"${BAD.id}"`;

describe('Odoo with workers, and a handler that misbehaves', function () {
  this.timeout(300_000);
  let line: Line;
  let faults: Faults;
  let orders = 90_000;
  const takings = new Takings();

  before(async () => {
    faults = await Faults.create('limits');
    line = await faults.openLine({
      name: DATABASE,
      odoo: {
        workers: 2,
        maxCronThreads: 2,
        args: [`--limit-time-real-cron=${LIMIT_SECONDS}`, `--limit-memory-hard=${LIMIT_BYTES}`],
      },
    });
    await line.rpc.call('ir.config_parameter', 'set_param', ['millwright.attempt_limit', String(ATTEMPTS)]);
  });
  after(async () => {
    await line.close();
    await dropDatabase(DATABASE);
  });

  it('makes a dead letter of one command that raises, the others are done, the cron stays as it was', async () => {
    const { victim, others } = await misbehave('raise');
    expect(await standing(victim)).to.deep.equal([`dead ${ATTEMPTS} HandlerFault`]);
    expect(new Set(await states(others))).to.deep.equal(new Set(['done']));
    for (let run = 0; run < 7; run += 1) {
      await redrive(victim);
      await underTraffic(async () => (await states(victim)).join() === 'dead', 'it is a dead letter again');
    }
    const crons =
      "select bool_and(active), max(failure_count) from ir_cron where cron_name like 'Millwright: carry%'";
    expect(await sql(crons, DATABASE)).to.equal('t|0');
    await mend(victim);
  });

  it('kills the worker of one that hangs past its limit, takes it back, counts it; the others are done', async () => {
    const log = new LogFromHere(line.server?.logFile ?? '');
    const { victim, others } = await misbehave('hang');
    expect(await standing(victim)).to.deep.equal([`dead ${ATTEMPTS} runner_died`]);
    expect(new Set(await states(others))).to.deep.equal(new Set(['done']));
    const hung = faults.happened('begun', 'hung');
    expect(new Set(hung).size).to.equal(ATTEMPTS);
    for (const pid of hung)
      expect(log.text).to.include(`WorkerCron (${pid}) timeout after ${LIMIT_SECONDS}s`);
    await mend(victim);
  });

  it('bears one that eats memory: counted, a dead letter after its attempts; the others are done', async () => {
    const { victim, others } = await misbehave('eat');
    const [text = ''] = await standing(victim);
    expect(text).to.match(new RegExp(`^dead ${ATTEMPTS} (MemoryError|runner_died)$`));
    expect(new Set(await states(others))).to.deep.equal(new Set(['done']));
    expect(faults.happened('begun', 'ate').length).to.be.at.least(ATTEMPTS);
    await mend(victim);
  });

  it('goes on where it was when its crons are switched off and on', async () => {
    const crons = await line.rpc.search('ir.cron', [['cron_name', 'like', 'Millwright: carry']]);
    await line.rpc.update('ir.cron', crons, { active: false });
    const log = new LogFromHere(line.server?.logFile ?? '');
    const newest = await newestRow();
    await line.cmms.work([takings.order((orders += 1)), takings.take(orders, GOOD)], 1);
    await until(async () => (await newestRow()) >= newest + 2, WAIT_MS, 'Odoo has stored both');
    expect(await open()).to.equal(2);
    expect(log.count(/carry out inbox messages.* starting/)).to.equal(0);
    await line.rpc.update('ir.cron', crons, { active: true });
    await wake();
    await expectNothingLostOrDouble(line);
  });

  it('goes on where it was when Odoo ran without cron threads for a while', async () => {
    await line.server?.stop();
    await line.restartOdoo({ maxCronThreads: 0 });
    const newest = await newestRow();
    await line.cmms.work([takings.order((orders += 1)), takings.take(orders, GOOD)], 1);
    await until(async () => (await newestRow()) >= newest + 2, WAIT_MS, 'Odoo has stored both');
    expect(await open()).to.equal(2);
    await line.server?.stop();
    await line.restartOdoo({ maxCronThreads: 2 });
    await wake();
    await expectNothingLostOrDouble(line);
  });

  /** The next message does; without one the crons look by themselves, after five minutes at the latest. */
  async function wake(): Promise<void> {
    await line.cmms.work([takings.order((orders += 1))], 1);
  }

  /** Sends one command that misbehaves among others, until it is a dead letter and the others are through. */
  async function misbehave(act: 'raise' | 'hang' | 'eat'): Promise<{ victim: string[]; others: string[] }> {
    faults.arm('begun', { act, text: VICTIM });
    const newest = await newestRow();
    const sent = [];
    for (let number = 0; number < 6; number += 1) {
      orders += 1;
      sent.push(takings.order(orders), takings.take(orders, number === 3 ? BAD : GOOD));
    }
    await line.cmms.work(sent, 1);
    let found = { victim: [] as string[], others: [] as string[] };
    await underTraffic(async () => {
      found = await movements(newest);
      const ends = [...(await states(found.victim)), ...(await states(found.others))];
      return ends.length === 6 && ends.every((state) => state === 'dead' || state === 'done');
    }, 'all have come to an end');
    return found;
  }

  /** What a person does: mends the cause and redrives. */
  async function mend(victim: string[]): Promise<void> {
    faults.disarm('begun');
    await redrive(victim);
    await expectNothingLostOrDouble(line);
  }

  async function redrive(ids: string[]): Promise<void> {
    await line.rpc.call('millwright.inbox', 'action_redrive', [ids.map(Number)]);
  }

  /** Waits while the plant goes on and what waits for its next attempt need not wait for the clock. */
  async function underTraffic(condition: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`Not within ${WAIT_MS / 1000} s: ${what}.`);
      await sql("update millwright_inbox set next_attempt_at = null where state = 'pending'", DATABASE);
      await line.cmms.work([takings.order((orders += 1))], 1);
      await pause(TRAFFIC_MS);
    }
  }

  /** Ids of the movements after a row: of the part that misbehaves, and of the other. */
  async function movements(newest: number): Promise<{ victim: string[]; others: string[] }> {
    const where = `id > ${newest} and kind = 'parts_consumption' and operation = 'post'`;
    const text = await sql(
      `select id || ' ' || (position('${VICTIM}' in command) > 0)::int from millwright_inbox where ${where}`,
      DATABASE,
    );
    const rows = text.split('\n').filter((row) => row !== '');
    const of = (flag: string): string[] =>
      rows.filter((row) => row.endsWith(` ${flag}`)).map((row) => row.split(' ')[0] ?? '');
    return { victim: of('1'), others: of('0') };
  }

  async function states(ids: string[]): Promise<string[]> {
    return column('state', ids);
  }

  /** State, attempts and code of each. */
  async function standing(ids: string[]): Promise<string[]> {
    return column("state || ' ' || attempts || ' ' || coalesce(code, '')", ids);
  }

  async function column(expression: string, ids: string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const query = `select ${expression} from millwright_inbox where id in (${ids.join()}) order by id`;
    return (await sql(query, DATABASE)).split('\n');
  }

  async function newestRow(): Promise<number> {
    return Number(await sql('select coalesce(max(id), 0) from millwright_inbox', DATABASE));
  }

  async function open(): Promise<number> {
    const where = "state in ('pending', 'processing')";
    return Number(await sql(`select count(*) from millwright_inbox where ${where}`, DATABASE));
  }
});
