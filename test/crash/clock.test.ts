import { expect } from 'chai';
import { odooArguments, ownDatabase, OwnCluster } from '../../scripts/odoo/index.ts';
import { SAMPLE_PART } from '../../scripts/shift/index.ts';
import type { Line } from '../../scripts/start/line.ts';
import {
  createOutboxClient,
  type LeasedMessage,
  type OutboxClient,
} from '../../sidecar/delivery/outbox-client.ts';
import { createHttpClient } from '../../sidecar/http-client.ts';
import { until } from '../helpers/wait.ts';
import { WallClock } from './clock.ts';
import { Faults } from './faults.ts';
import { crashSeed, expectNothingLostOrDouble, sendUntil } from './load.ts';
import { Takings } from './takings.ts';

const DATABASE = ownDatabase('crash_clock');
const WAIT_MS = 90_000;
const HOUR = 3600;
const BACKOFF_SECONDS = 40; // more than the first waiting time
const VICTIM = `"value":"${SAMPLE_PART.id}"`;
const ENOUGH = 20;

describe('Odoo and PostgreSQL whose clock is turned back and forth', function () {
  this.timeout(300_000);
  let clock: WallClock;
  let cluster: OwnCluster;
  let faults: Faults;
  let line: Line;
  let outbox: OutboxClient;
  let orders = 85_000;
  const http = createHttpClient();
  const takings = new Takings();

  before(async () => {
    clock = await WallClock.create('crash');
    cluster = await OwnCluster.create('clock', clock.wrapper);
    faults = await Faults.create('clock');
    const args = odooArguments(cluster.socket);
    line = await faults.openLine({
      name: DATABASE,
      database: (installed) => cluster.take(installed, DATABASE),
      odoo: { wrapper: clock.wrapper, args, workers: 2, maxCronThreads: 2 },
    });
    outbox = createOutboxClient({
      backend: line.plant.backendCode,
      url: line.connection.url,
      database: DATABASE,
      apiKey: line.plant.key,
      environment: 'demo',
      call: http.call,
      now: () => Date.now(),
    });
  });
  after(async () => {
    await http.close();
    await line.close();
    await cluster.stop();
  });

  it('go on at once under load: nothing is lost or double, no lease and no attempt waits for the hour', async () => {
    let over = false;
    const load = sendUntil(line, crashSeed(), { connections: 4, portion: 10, pauseMs: 500 }, () => over);
    try {
      await goesOn();
      const leased = await leaseOfNewEquipment();
      const first = await failOnce();

      await clock.turnTo(-HOUR);
      await goesOn();
      expect(await finishedBefore(HOUR / 2), 'done by the turned clock of Odoo').to.be.greaterThan(0);
      expect(await secondsOfPostgres(), 'the turned clock of PostgreSQL').to.be.below(-HOUR / 2);
      await until(
        async () => (await states([first])) === 'done',
        WAIT_MS,
        'the attempt does not wait for the hour',
      );
      await expectTakenOver(leased);
      const second = await failOnce();
      await clock.turnTo(BACKOFF_SECONDS - HOUR);
      await until(async () => (await states([second])) === 'done', WAIT_MS, 'an attempt by the turned clock');
      const third = await failOnce();

      await clock.turnTo(0);
      await goesOn();
      await until(
        async () => (await states([third])) === 'done',
        WAIT_MS,
        'the attempt whose time has passed',
      );
    } finally {
      over = true;
      await load;
    }
    await expectNothingLostOrDouble(line);
  });

  /** Commands are carried out now. */
  async function goesOn(): Promise<void> {
    const before = await done();
    await until(async () => (await done()) >= before + ENOUGH, WAIT_MS, 'commands are carried out');
  }

  /** A taking whose first attempt has failed, so that it waits for its second; its row. */
  async function failOnce(): Promise<number> {
    const before = await sql('select coalesce(max(id), 0) from millwright_inbox');
    faults.arm('begun', { act: 'raise', text: VICTIM });
    orders += 1;
    await line.cmms.work([takings.order(orders), takings.take(orders, SAMPLE_PART)], 1);
    const query = `select max(id) from millwright_inbox where id > ${before} and state = 'pending'
      and attempts = 1 and code = 'HandlerFault'`;
    await until(async () => (await sql(query)) !== '', WAIT_MS, 'an attempt fails');
    faults.disarm('begun');
    return Number(await sql(query));
  }

  async function leaseOfNewEquipment(): Promise<LeasedMessage> {
    await line.rpc.create('maintenance.equipment', { name: 'Press of the clock', serial_no: 'CLOCK-1' });
    const [message] = await lease();
    if (message === undefined) throw new Error('Odoo had nothing to write');
    expect(await lease(), 'what is leased is leased once').to.deep.equal([]);
    return message;
  }

  /** Its lease ends in what is now the future: it is given again, in doubt, and only the new one counts. */
  async function expectTakenOver(former: LeasedMessage): Promise<void> {
    const [again] = await lease();
    if (again === undefined) throw new Error('the lease waits for the hour');
    expect(again).to.include({ id: former.id, key: former.key, attempts: 2, doubt: true });
    expect(await settle(former)).to.deep.equal([former.id]);
    expect(await settle(again)).to.deep.equal([]);
  }

  async function lease(): Promise<LeasedMessage[]> {
    const answer = await outbox.lease(10, AbortSignal.timeout(WAIT_MS));
    if (answer.kind !== 'lease') throw new Error(`${answer.code}: ${answer.message}`);
    return answer.lease.messages;
  }

  /** Ids of those that were stale. */
  async function settle({ id, token }: LeasedMessage): Promise<string[]> {
    const told = { code: '', message: '', remote_version: null, retryAfterMs: null };
    const outcome = { status: 'done' as const, external_id: 'CLOCK-77', ...told };
    const answer = await outbox.settle([{ id, token, outcome }], AbortSignal.timeout(WAIT_MS));
    if (answer.kind !== 'settled') throw new Error(`${answer.code}: ${answer.message}`);
    return answer.stale;
  }

  async function states(ids: number[]): Promise<string> {
    return sql(`select string_agg(distinct state, ' ') from millwright_inbox where id in (${ids.join()})`);
  }

  async function done(): Promise<number> {
    return Number(await sql("select count(*) from millwright_inbox where state = 'done'"));
  }

  async function secondsOfPostgres(): Promise<number> {
    return Number(await sql('select extract(epoch from clock_timestamp())')) - Date.now() / 1000;
  }

  /** Rows done at least so many seconds before the true time. */
  async function finishedBefore(seconds: number): Promise<number> {
    const then = new Date(Date.now() - seconds * 1000).toISOString();
    return Number(await sql(`select count(*) from millwright_inbox where finished_at < '${then}'`));
  }

  async function sql(query: string): Promise<string> {
    return cluster.sql(query, DATABASE);
  }
});
