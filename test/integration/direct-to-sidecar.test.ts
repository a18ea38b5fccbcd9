import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { dress, Sender } from '../../scripts/cmms/index.ts';
import { dropDatabase, ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { generateShift, type Delivery } from '../../scripts/shift/index.ts';
import { drain } from '../../scripts/start/drain.ts';
import { Line } from '../../scripts/start/line.ts';
import { readWholeLedger, type WholeLedger } from '../helpers/whole-ledger.ts';

const DATABASE = ownDatabase('moving');
const CONNECTIONS = 4;
/** So many of the last callbacks the maintenance system sends again to its new address. */
const RESENT = 40;
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
  let old: Sender;
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
    await sendAgain(await waitForReads());
    await drain(line.rpc, line.sidecar, { timeoutMs: 120_000 });
  });
  after(async () => {
    old.close();
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

  it('leaves the same messages, commands, operations, stock, requests and equipment as the sidecar alone', async () => {
    const found = await readWholeLedger(DATABASE);
    for (const name of Object.keys(expected) as (keyof WholeLedger)[]) {
      expect(without(expected[name], found[name]), `${name} that are missing`).to.deep.equal([]);
      expect(without(found[name], expected[name]), `${name} that are too many`).to.deep.equal([]);
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
        if (!stages.moved) direct.push(await tellOld(delivery));
        else if (index % 3 === 0) {
          const { ended } = stages;
          const told = await tellOld(delivery);
          if (ended) refused.push(told);
          else if (!stages.ending) overlap.push(told); // else it met the end
          await send(delivery);
        } else await send(delivery);
        if (!stages.moved && index % 7 === 0) direct.push(await tellOld(delivery));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  async function tellOld(delivery: Delivery): Promise<Told> {
    const sent = await old.send(dressed(delivery));
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

  /** What the inbox lists as waiting for a read: only the sidecar reads. */
  async function waitForReads(): Promise<Delivery[]> {
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
      await drain(line.rpc, line.sidecar, { timeoutMs: 120_000 });
      return await readWholeLedger(name);
    } finally {
      await line.close();
      await dropDatabase(name);
    }
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
