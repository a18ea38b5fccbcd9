import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { asUser, cleanEnv } from '../../scripts/odoo/exec.ts';
import { ODOO_USER, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { PARTS } from '../../scripts/shift/index.ts';
import { Random } from '../../scripts/shift/random.ts';
import { seedPlant, type Plant } from '../../scripts/start/seed.ts';
import { auditLedger, readBaseline, type Baseline, type SentCallback } from '../ledger/index.ts';
import { newWorkOrder, takePart } from '../helpers/messages.ts';
import { postTo, startSeededOdoo, type Message, type SeededOdoo } from '../helpers/odoo.ts';

interface Route {
  id: number;
  mode: string;
  epoch: number;
}

const DATABASE = ownDatabase('routes');
const ORDERS = 40;
const ROUNDS = 10;
const BOUND = PARTS.filter((part) => part.bound);

/** Two backends that stand for one maintenance system, both told everything, and routes that change under them. */
describe('routes of two backends of one maintenance system', function () {
  this.timeout(600_000);
  let odoo: SeededOdoo;
  let successor: Plant;
  let baseline: Baseline;
  const sent: SentCallback[] = [];
  /** The mode of each epoch of each backend's route, as it was set. */
  const epochs = new Map<string, string>();
  let minute = 100;

  before(async () => {
    odoo = await startSeededOdoo(DATABASE, PARTS);
    const options = { connector: 'atlas', environment: 'test', parts: PARTS };
    successor = await seedPlant(odoo.admin, {
      ...options,
      backendCode: 'successor',
      backendName: 'New Atlas',
    });
    const products = [...odoo.plant.bindings.values()];
    baseline = await readBaseline(odoo.admin, products, odoo.plant.stockLocation);
    await noteEpochs();
    for (let order = 1; order <= ORDERS; order += 1) await tell(newWorkOrder(order, `Order ${order}`, order));
    await odoo.settle();
  });
  after(async () => {
    await odoo.stop();
  });

  it('lets a change of route wait for the batch that is under way, and nothing begins behind it', async () => {
    const route = await routeOf(odoo.plant.backend);
    const lock = await holdTable('millwright_audit');
    await tell(used(1));
    await waiting(`relation = 'millwright_audit'::regclass`);
    const flip = odoo.admin.update('millwright.route', [route.id], { mode: 'off' });
    await waiting(`locktype = 'advisory' AND mode = 'ExclusiveLock'`);
    expect(await movesDone()).to.equal(0);
    await lock.release();
    await flip;
    expect(await movesDone()).to.equal(1);
    await tell(used(1));
    await odoo.settle();
    expect(await movesDone()).to.equal(1);
    await odoo.admin.update('millwright.route', [route.id], { mode: 'active' });
    await finished(odoo.plant.backend);
    expect(await movesDone()).to.equal(2);
  });

  it('posts nothing twice, nothing under a wrong epoch and loses nothing while routes change under load', async () => {
    const seed = Number(process.env['ROUTES_SEED'] ?? Date.now() % 1_000_000);
    process.stderr.write(`    ROUTES_SEED=${seed}\n`);
    const random = new Random(seed);
    await noteEpochs();
    const traffic = { flows: true };
    const load = (async () => {
      while (traffic.flows) {
        await tell(...Array.from({ length: 12 }, () => used(random.integer(1, ORDERS))));
        await delay(random.integer(0, 60));
      }
    })();
    let [here, there] = [odoo.plant.backend, successor.backend];
    for (let round = 0; round < ROUNDS; round += 1) {
      const step = ['take over', 'shadow', 'off', 'manual'][round % 4];
      if (step === 'take over') {
        const { id } = await routeOf(there);
        await retried(() => odoo.admin.call('millwright.route', 'action_take_over', [[id]]));
        [here, there] = [there, here];
      } else {
        const { id } = await routeOf(step === 'manual' ? here : there);
        await retried(() => odoo.admin.update('millwright.route', [id], { mode: step }));
      }
      await noteEpochs();
      if (step === 'shadow')
        await until(`SELECT count(*) FROM millwright_inbox WHERE code = 'shadow'`, (count) => count !== '0');
      await delay(random.integer(200, 900));
      await releaseAll();
    }
    traffic.flows = false;
    await load;
    await retried(async () =>
      odoo.admin.update('millwright.route', [(await routeOf(there)).id], { mode: 'off' }),
    );
    await retried(async () =>
      odoo.admin.update('millwright.route', [(await routeOf(here)).id], { mode: 'active' }),
    );
    await noteEpochs();
    await finished(here);

    const books = { ...odoo.plant };
    const audit = await auditLedger(odoo.admin, books, baseline, sent, []);
    expect(audit.findings).to.deep.equal([]);
    expect(audit).to.include({ lost: 0, double: 0, wrongStock: 0 });
    expect(audit.posted).to.equal(audit.must);
    await expectRightEpochs();
    process.stderr.write(`    ${audit.must} operations, ${epochs.size} epochs\n`);
  });

  /** Of what was posted and of what ended in shadow, the mode of the epoch that it says it ran under. */
  async function expectRightEpochs(): Promise<void> {
    const query = `SELECT DISTINCT backend_id || '/' || route_epoch, state FROM millwright_inbox
      WHERE flow = 'consumption' AND (state = 'done' OR code = 'shadow')`;
    const rows = (await sql(query, DATABASE)).split('\n').map((line) => line.split('|'));
    expect(rows.filter(([, state]) => state === 'done').length).to.be.above(2);
    for (const [epoch, state] of rows) {
      const allowed = state === 'done' ? ['active', 'manual'] : ['shadow'];
      expect(epochs.get(epoch ?? ''), `${state} under ${epoch}`).to.be.oneOf(allowed);
    }
  }

  async function noteEpochs(): Promise<void> {
    for (const backend of [odoo.plant.backend, successor.backend]) {
      const { mode, epoch } = await routeOf(backend);
      epochs.set(`${backend}/${epoch}`, mode);
    }
  }

  async function releaseAll(): Promise<void> {
    await retried(async () => {
      const held = await odoo.admin.search('millwright.inbox', [
        ['state', '=', 'held'],
        ['code', '=', 'route_manual'],
      ]);
      if (held.length > 0) await odoo.admin.call('millwright.inbox', 'action_release', [held]);
    });
  }

  async function tell(...messages: Message[]): Promise<void> {
    for (const plant of [odoo.plant, successor]) {
      const statuses = await postTo(odoo.admin, plant, messages);
      expect(statuses.every((status) => status === 'accepted')).to.equal(true);
    }
    for (const { event, payload } of messages)
      sent.push({ event, rawBody: JSON.stringify(payload), outcome: 'accepted' });
  }

  function used(order: number): Message {
    minute += 1;
    const part = BOUND[minute % BOUND.length];
    if (part === undefined) throw new Error('There are no parts.');
    return takePart(part, order, 1, minute);
  }

  async function routeOf(backend: number): Promise<Route> {
    const domain = [
      ['backend_id', '=', backend],
      ['flow', '=', 'consumption'],
    ];
    const [route] = await odoo.admin.searchRead<Route>('millwright.route', domain, ['mode', 'epoch']);
    if (route === undefined) throw new Error(`Backend ${backend} has no route.`);
    return route;
  }

  /** Resolves when a backend has nothing open, and the other nothing under way. */
  async function finished(backend: number): Promise<void> {
    const query = `SELECT count(*) FROM millwright_inbox WHERE COALESCE(flow, 'consumption') = 'consumption'
      AND (state IN ('pending', 'processing') OR state = 'held' AND backend_id = ${backend})`;
    await until(query, (count) => count === '0');
    await odoo.settle();
  }

  async function until(query: string, enough: (answer: string) => boolean): Promise<void> {
    const deadline = Date.now() + 180_000;
    for (let answer = await sql(query, DATABASE); !enough(answer); answer = await sql(query, DATABASE)) {
      if (Date.now() > deadline) throw new Error(`After three minutes still ${answer}: ${query}`);
      await delay(100);
    }
  }

  async function movesDone(): Promise<number> {
    const query = `SELECT count(*) FROM stock_move WHERE state = 'done' AND millwright_operation_id IS NOT NULL`;
    return Number(await sql(query, DATABASE));
  }

  /** Resolves when somebody waits for such a lock. */
  async function waiting(condition: string): Promise<void> {
    await until(`SELECT count(*) FROM pg_locks WHERE NOT granted AND ${condition}`, (count) => count !== '0');
  }
});

/** Two who change what the other reads: Odoo's screens say so after five tries, and a person presses again. */
async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const isConflict = /could not (serialize|obtain lock)|LockError|deadlock|lock/i.test(String(error));
      if (!isConflict || attempt === 5) throw error;
    }
  }
}

/** A session that lets nobody write a table until it is released. */
async function holdTable(table: string): Promise<{ release: () => Promise<void> }> {
  const [program, ...args] = asUser(ODOO_USER, ['psql', '-XAtq', '-d', DATABASE]);
  const psql = spawn(program ?? '', args, { env: cleanEnv(), stdio: ['pipe', 'pipe', 'inherit'] });
  psql.stdin.write(`BEGIN; LOCK TABLE ${table} IN SHARE MODE; SELECT 'held';\n`);
  await once(psql.stdout, 'data');
  return {
    release: async () => {
      psql.stdin.end('COMMIT;\n');
      await once(psql, 'close');
    },
  };
}
