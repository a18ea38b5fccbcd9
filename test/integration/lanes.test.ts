import { expect } from 'chai';
import { ownDatabase, sql } from '../../scripts/odoo/index.ts';
import { PARTS } from '../../scripts/shift/index.ts';
import { auditLedger, readBaseline, type Baseline, type SentCallback } from '../ledger/index.ts';
import { newWorkOrder, takePart } from '../helpers/messages.ts';
import { startSeededOdoo, type Message, type SeededOdoo } from '../helpers/odoo.ts';
import { pause, until } from '../helpers/wait.ts';

const ORDERS = 40;
const BACKLOG = 1_000;
/** Generous: a batch takes about a second, and a machine may have more to do. */
const CRITICAL_MS = 10_000;
const STILL_WAITING = 300;
const WINDOW_MS = 4_000;
const WAIT_MS = 60_000;
const BOUND = PARTS.filter((part) => part.bound);
const OPEN = `SELECT count(*) FROM millwright_inbox WHERE lane = 'batch' AND state IN ('pending', 'processing')`;
const CRITICAL_DONE = `SELECT count(*) FROM millwright_inbox WHERE lane = 'critical' AND state = 'done'`;

/** As many cron threads as runners: nobody is left to take what is urgent but who is at work on the backlog. */
for (const { threads, workers } of [
  { threads: 1, workers: 0 },
  { threads: 2, workers: 2 },
]) {
  describe(`a full backlog of lane batch with ${threads} cron thread(s) and runner(s), ${workers} HTTP workers`, function () {
    this.timeout(300_000);
    const database = ownDatabase(`lanes_${threads}`);
    const sent: SentCallback[] = [];
    let odoo: SeededOdoo;
    let baseline: Baseline;
    let told = 0;

    before(async () => {
      odoo = await startSeededOdoo(database, PARTS, { maxCronThreads: threads, workers });
      baseline = await readBaseline(odoo.admin, [...odoo.plant.bindings.values()], odoo.plant.stockLocation);
      await setRunners(threads);
      const orders = Array.from({ length: ORDERS + 1 }, (_, id) => newWorkOrder(id, `Order ${id}`, id));
      await odoo.post(orders);
      sent.push(...orders.map(asSent));
      await odoo.settle();
    });
    after(async () => {
      await odoo.stop();
    });

    it('serves what is critical within seconds, while nearly two thousand wait', async () => {
      await tell('batch', BACKLOG);
      await tell('batch', BACKLOG);
      await until(
        async () => (await count(OPEN)) < 2 * BACKLOG - 100,
        WAIT_MS,
        'the backlog is being worked on',
      );
      const times: number[] = [];
      for (let probe = 0; probe < 5; probe += 1) {
        const started = performance.now();
        await tell('critical', 1);
        await until(async () => (await count(CRITICAL_DONE)) > probe, WAIT_MS, 'what is critical is done');
        times.push(Math.round(performance.now() - started));
        expect(await count(OPEN), 'batch commands that still wait').to.be.greaterThan(STILL_WAITING);
      }
      process.stderr.write(
        `    critical after ${times.join(', ')} ms; ${await count(OPEN)} of lane batch still wait\n`,
      );
      expect(Math.max(...times)).to.be.lessThan(CRITICAL_MS);
    });

    it('lets more and fewer runners take part from one moment to the next, without a restart', async () => {
      for (const wanted of threads === 1 ? [2, 1] : [1, 4]) {
        await setRunners(wanted);
        const ever = new Set<number>();
        if (wanted === 1)
          await until(async () => (await seenFor(WINDOW_MS)).size === 1, WAIT_MS, 'one runner works alone');
        else
          await until(async () => (await seenFor(0, ever)).size >= 2, WAIT_MS, 'several runners have worked');
      }
    });

    it('has lost nothing and posted nothing twice', async () => {
      await odoo.settle();
      const { findings, ...audit } = await auditLedger(odoo.admin, odoo.plant, baseline, sent, []);
      expect(findings).to.deep.equal([]);
      expect(audit).to.include({
        lost: 0,
        double: 0,
        wrongStock: 0,
        posted: told,
        moves: told,
      });
      process.stderr.write(`    ${audit.posted} operations\n`);
    });

    /**
     * Gives runners that were seen at work within a while, or ever since; never lets the backlog run dry. One that is no longer wanted
     * may go on to the end of its run: ten seconds.
     */
    async function seenFor(windowMs: number, ever?: Set<number>): Promise<Set<number>> {
      if ((await count(OPEN)) < BACKLOG) await tell('batch', BACKLOG);
      const seen = ever ?? new Set<number>();
      const end = performance.now() + windowMs;
      do {
        for (const runner of await runners()) seen.add(runner);
        await pause(50);
      } while (performance.now() < end);
      return seen;
    }

    async function runners(): Promise<Set<number>> {
      const rows = await sql(
        `SELECT DISTINCT runner FROM millwright_inbox WHERE state = 'processing'`,
        database,
      );
      return new Set(
        rows
          .split('\n')
          .filter((row) => row !== '')
          .map(Number),
      );
    }

    async function tell(lane: 'critical' | 'batch', number: number): Promise<void> {
      for (let left = number; left > 0; left -= 1_000) {
        const messages = Array.from({ length: Math.min(left, 1_000) }, () => ({ ...taking(lane), lane }));
        const statuses = await odoo.post(messages);
        expect(statuses.every((status) => status === 'accepted')).to.equal(true);
        sent.push(...messages.map(asSent));
      }
    }

    /** What is critical has an order of its own: of one order nothing overtakes. */
    function taking(lane: string): Message {
      told += 1;
      const part = BOUND[told % BOUND.length];
      if (part === undefined) throw new Error('There are no parts.');
      return takePart(part, lane === 'critical' ? 0 : 1 + (told % ORDERS), 1, 100 + told);
    }

    async function setRunners(wanted: number): Promise<void> {
      await odoo.admin.call('ir.config_parameter', 'set_param', ['millwright.runners', String(wanted)]);
    }

    async function count(query: string): Promise<number> {
      return Number(await sql(query, database));
    }
  });
}

function asSent({ event, payload }: Message): SentCallback {
  return { event, rawBody: JSON.stringify(payload), outcome: 'accepted' };
}
