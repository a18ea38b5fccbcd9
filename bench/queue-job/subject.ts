import { Agent } from 'undici';
import { sql, startOdoo } from '../../scripts/odoo/index.ts';
import { postBatch } from '../accept/endpoint.ts';
import { cloudEvent, type CloudEvent } from '../accept/events.ts';
import { callInShell } from '../odoo/shell.ts';
import { checkEndState, checkTraces } from '../posting/end-state.ts';
import { BACKEND, consumptions } from '../posting/events.ts';
import { clockSeconds, installClock, type Queue } from './clock.ts';
import { unchanged } from './events.ts';
import { ORDERS, WARM_UP, type Size } from './sizes.ts';

const PREPARE = new URL('../accept/subject.py', import.meta.url);
const QUEUE: Queue = { table: 'millwright_inbox', begun: 'processing', done: 'done' };

/** Items per second. */
export interface SubjectRates {
  nothing: number;
  move: number;
}

/** The subject: one runner, started by Odoo's cron on a prefork server, on events that came in over HTTP. Checks what is there then. */
export async function measureSubject(db: string, size: Size): Promise<SubjectRates> {
  const { key } = await callInShell<{ key: string }>(db, PREPARE, 'prepare', { backend: BACKEND });
  await installClock(db, QUEUE);
  const requests = await readRequests(db);
  const server = await startOdoo({ db, workers: 2, maxCronThreads: 1 });
  const agent = new Agent({ connections: 1 });
  try {
    await server.waitReady();
    const run = (batch: readonly CloudEvent[]): Promise<number> =>
      clockSeconds(db, batch.length, async () => {
        const statuses = await postBatch({ url: server.url, db, key, agent }, JSON.stringify(batch));
        const refused = statuses.find((status) => status !== 'accepted');
        if (refused !== undefined) throw new Error(`an event was answered ${refused}`);
      });
    const same = ORDERS.slice(0, WARM_UP + size.nothing).map(unchanged);
    const taken = consumptions(WARM_UP + size.moves);
    const moves = taken.map(cloudEvent);
    await run(same.slice(0, WARM_UP));
    await run(moves.slice(0, WARM_UP));
    const rates = {
      nothing: size.nothing / (await run(same.slice(WARM_UP))),
      move: size.moves / (await run(moves.slice(WARM_UP))),
    };
    await checkEndState(db, taken);
    await checkTraces(db, taken);
    await checkUnchanged(db, same.length, requests);
    return rates;
  } finally {
    await agent.close();
    await server.stop();
  }
}

/** What a write to any request would change. */
async function readRequests(db: string): Promise<string> {
  return sql("select md5(string_agg(r::text, ',' order by id)) from maintenance_request r", db);
}

/** Every message that had nothing to do is done and says so, and no request was written. */
async function checkUnchanged(db: string, wanted: number, requests: string): Promise<void> {
  const found = await sql(
    "select count(*) from millwright_inbox where event = 'WORK_ORDER_CHANGE' and state = 'done' and code = 'unchanged'",
    db,
  );
  if (Number(found) !== wanted) throw new Error(`messages done as unchanged: found ${found}, sent ${wanted}`);
  if ((await readRequests(db)) !== requests)
    throw new Error('a request was written that had to stay as it was');
}
