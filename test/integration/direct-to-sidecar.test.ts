import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { dress, Sender } from '../../scripts/cmms/index.ts';
import { dropDatabase, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { generateShift, UNBOUND_PART, type Delivery } from '../../scripts/shift/index.ts';
import { drain } from '../../scripts/start/drain.ts';
import { Line } from '../../scripts/start/line.ts';
import { bindPart } from '../../scripts/start/seed.ts';
import { until } from '../helpers/wait.ts';
import { readWholeLedger, type WholeLedger } from '../helpers/whole-ledger.ts';

const DATABASE = ownDatabase('moving');
const CONNECTIONS = 4;
/** So many of the last callbacks the maintenance system sends again to its new address. */
const RESENT = 40;
/** What is held for another reason than that there is no handler for it: nobody carries out figures of shelves, meters and downtime here. */
const HELD = `SELECT count(*) FROM millwright_inbox held WHERE state = 'held' AND code <> 'handler_missing' AND NOT EXISTS (
  SELECT FROM millwright_inbox f WHERE f.state = 'held' AND f.code = 'handler_missing' AND f.group_key = held.group_key)`;
const SEED = Number(process.env['MOVING_SEED'] ?? Date.now() % 1_000_000);

/** What one address was sent, and what it answered. */
interface Told {
  delivery: Delivery;
  statuses: (number | null)[];
}

/** A maintenance system that posts without a pause while its backend moves from Odoo's own address to the sidecar. */
describe('a live backend that moves from mode direct to the sidecar', function () {
  this.timeout(300_000);
  const shift = generateShift({ seed: SEED, workOrders: 36, withLateAsset: false });
  const traffic = sameBodies(shift.deliveries);
  let expected: WholeLedger;
  let line: Line;
  let old: Sender | undefined;
  const direct: Told[] = [];
  const overlap: Told[] = [];
  const refused: Told[] = [];

  before(async () => {
    process.stderr.write(`    MOVING_SEED=${SEED}\n`);
    expected = await onlyThroughTheSidecar();
    line = await openLine(DATABASE);
    old = new Sender({ url: `${line.server?.url}/millwright/v1/plant-atlas/callbacks`, mode: 'once' });
    const secret = { backend_id: line.plant.backend, value: line.samples[0]?.secret };
    await line.rpc.create('millwright.secret', secret);
    await line.rpc.update('millwright.backend', [line.plant.backend], { mode: 'direct' });
    await moveUnderTraffic();
    await sendAgain(await whatWaitsForReads());
    await settle(line);
  });
  after(async () => {
    old?.close();
    await line.close();
    await dropDatabase(DATABASE);
  });

  it('takes every callback at both addresses until a manager ends it, and none at the old one from then on', async () => {
    for (const told of [direct, overlap]) {
      expect(told.length).to.be.greaterThan(20);
      expect(told.filter(({ statuses }) => statuses.join() !== '202')).to.deep.equal([]);
    }
    expect(refused.length).to.be.greaterThan(5);
    expect(refused.filter(({ statuses }) => statuses.join() !== '404')).to.deep.equal([]);
    const query = `SELECT count(*) FILTER (WHERE sequence IS NULL) > 50, count(*) FILTER (WHERE sequence IS NOT NULL) > 50
      FROM millwright_inbox WHERE parent_id IS NULL`;
    expect(await sql(query, DATABASE)).to.equal('t|t');
  });

  it('leaves the same messages, commands, operations, stock, requests, equipment and discrepancies as the sidecar alone', async () => {
    const found = await readWholeLedger(DATABASE);
    for (const name of Object.keys(expected) as (keyof WholeLedger)[]) {
      const missing = without(expected[name], found[name]);
      const tooMany = without(found[name], expected[name]);
      expect({ missing, tooMany }, name).to.deep.equal({ missing: [], tooMany: [] });
    }
    expect(expected.moves.length).to.be.greaterThan(30);
  });

  it('has posted all that was sent, once', async () => {
    const audit = await line.audit();
    expect(audit.findings).to.deep.equal([]);
    expect(audit).to.include({ lost: 0, double: 0, wrongStock: 0, ok: true });
    expect(audit.posted).to.equal(audit.must);
    process.stderr.write(`    ${traffic.length} callbacks, ${audit.posted} operations\n`);
  });

  /**
   * A quarter is sent to Odoo's own address; then the manager chooses the sidecar, and nobody has told the maintenance system yet. Half way
   * it gets the new address and sends its last ones again; a part of it goes on with the old one, and repeats there what it sent to the
   * new. After three quarters the manager ends the overlap.
   */
  async function moveUnderTraffic(): Promise<void> {
    const { rpc, plant } = line;
    const stages = { moved: false, ending: false, ended: false };
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < traffic.length; index = next++) {
        const delivery = traffic[index] as Delivery;
        if (index === Math.floor(traffic.length / 4))
          await rpc.update('millwright.backend', [plant.backend], { mode: 'sidecar' });
        if (index === Math.floor(traffic.length / 2)) {
          stages.moved = true;
          await sendAgain(direct.slice(-RESENT).map((told) => told.delivery));
        }
        if (index === Math.floor((traffic.length * 3) / 4)) {
          stages.ending = true;
          await rpc.call('millwright.backend', 'action_end_overlap', [[plant.backend]]);
          stages.ended = true;
        }
        if (!stages.moved) await tellOldAndList(delivery, direct);
        else {
          if (index % 3 === 0) await tellOldAndList(delivery, stages.ended ? refused : overlap);
          await send(delivery);
        }
        if (!stages.moved && index % 7 === 0) await tellOldAndList(delivery, direct);
      }
    };
    /** Odoo may have to begin an answer again, seconds later: one that meets the end is neither here nor there, and goes to the new address. */
    const tellOldAndList = async (delivery: Delivery, list: Told[]): Promise<void> => {
      const told = await tellOld(delivery);
      if (list === refused || !stages.ending) list.push(told);
      else await send(delivery);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  async function tellOld(delivery: Delivery): Promise<Told> {
    const sent = await (old as Sender).send(dressed(delivery));
    const statuses = sent.attempts.map(({ status }) => status);
    if (sent.accepted) line.cmms.sender.sent.push(sent); // for the audit: what was accepted must be posted
    return { delivery, statuses };
  }

  async function send(delivery: Delivery): Promise<void> {
    await line.cmms.sender.send(dressed(delivery));
  }

  async function sendAgain(deliveries: Delivery[]): Promise<void> {
    for (const delivery of deliveries) await send(delivery);
  }

  function dressed(delivery: Delivery): ReturnType<typeof dress> {
    const secret = line.samples[0]?.secret ?? '';
    return dress(delivery.event, delivery.rawBody, secret, randomUUID(), new Date());
  }

  /** What the inbox lists as waiting for a read, once it has planned all that came: only the sidecar reads. */
  async function whatWaitsForReads(): Promise<Delivery[]> {
    await drain(line.rpc, line.sidecar, { timeoutMs: 120_000 });
    const domain = [['code', '=', 'needs_fetch']];
    const rows = await line.rpc.searchRead<{ event: string; payload: string }>('millwright.inbox', domain, [
      'event',
      'payload',
    ]);
    const wanted = new Set(rows.map(({ event, payload }) => event + plain(payload)));
    const found = traffic.filter(({ event, rawBody }) => wanted.has(event + plain(rawBody)));
    expect(rows.length).to.be.greaterThan(5);
    return found;
  }

  async function onlyThroughTheSidecar(): Promise<WholeLedger> {
    const name = `${DATABASE}_only`;
    line = await openLine(name);
    try {
      await line.cmms.work(traffic, CONNECTIONS);
      await settle(line);
      return await readWholeLedger(name);
    } finally {
      await line.close();
      await dropDatabase(name);
    }
  }

  /**
   * Until nothing moves, with a product for every part: what came while a part was without one is held or not by the order of arrival,
   * and that differs from run to run.
   */
  async function settle({ rpc, sidecar, plant, connection }: Line): Promise<void> {
    await drain(rpc, sidecar, { timeoutMs: 120_000 });
    for (const [code, product] of plant.unbound) {
      await bindPart(rpc, plant.backend, UNBOUND_PART, product);
      plant.bindings.set(code, product);
    }
    const held = async (): Promise<number> => Number(await sql(HELD, connection.db));
    await until(async () => (await held()) === 0, 60_000, 'what waited for a part is released');
    await drain(rpc, sidecar, { timeoutMs: 120_000 });
  }

  /** The maintenance system shows the end of the shift from the start, so that a read says the same whenever it is made. */
  async function openLine(name: string): Promise<Line> {
    const opened = await Line.open({ name, mode: 'until_accepted' });
    for (const { path, body, version } of shift.deliveries.flatMap(({ reads }) => reads))
      opened.cmms.atlas.publish(path, body, { version });
    return opened;
  }
});

/** A delivery that repeats an event has the body of the first one: with or without the record, as that has it. */
function sameBodies(deliveries: Delivery[]): Delivery[] {
  const bodies = new Map<string, string>();
  return deliveries.map((delivery) => {
    const root = Object.entries(JSON.parse(delivery.rawBody) as Record<string, unknown>);
    const key = JSON.stringify([delivery.event, root.filter(([, value]) => typeof value !== 'object')]);
    const rawBody = bodies.get(key) ?? delivery.rawBody;
    bodies.set(key, rawBody);
    return { ...delivery, rawBody, reads: [] };
  });
}

/** Lines of one list that the other has not, as often as it lacks them. */
function without(lines: string[], others: string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const place = left.indexOf(line);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

function plain(json: string): string {
  return JSON.stringify(JSON.parse(json));
}
