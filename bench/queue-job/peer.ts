import { connectOdoo, sql, startOdoo, type OdooClient } from '../../scripts/odoo/index.ts';
import { checkEndState } from '../posting/end-state.ts';
import { consumptions } from '../posting/events.ts';
import { clockSeconds, installClock, type Queue } from './clock.ts';
import type { QueueJob } from './database.ts';
import { WARM_UP, type Size } from './sizes.ts';

const QUEUE: Queue = { table: 'queue_job', begun: 'enqueued', done: 'done' };
/** Storing the jobs takes a call of its own that nothing is measured by. */
const STORE_TIMEOUT_MS = 120_000;

/** Items per second of one number of parallel jobs, and how often a job met a conflict and came back. */
export interface PeerRates {
  nothing: number;
  transfer: number;
  move: number;
  retries: number;
}

/** queue_job on a prefork server with its own runner: jobs that do nothing, jobs with a transfer, jobs with a move. Checks what is there then. */
export async function measurePeer(
  db: string,
  { addons, env }: QueueJob,
  channels: number,
  size: Size,
): Promise<PeerRates> {
  await installClock(db, QUEUE);
  const server = await startOdoo({
    db,
    workers: channels + 1, // queue_job wants more of them than jobs side by side
    maxCronThreads: 0,
    addons,
    env: { ...env, ODOO_QUEUE_JOB_CHANNELS: `root:${channels}` },
    args: ['--load=base,rpc,web,queue_job'],
  });
  try {
    await server.waitReady();
    const odoo = await connectOdoo({ url: server.url, db, user: 'admin', password: 'admin' });
    const run = (method: string, items: readonly unknown[]): Promise<number> =>
      clockSeconds(db, items.length, () => enqueue(odoo, method, items));
    const events = consumptions(2 * (WARM_UP + size.peerMoves));
    const taken = events[Symbol.iterator]();
    const next = (count: number): unknown[] => Array.from({ length: count }, () => taken.next().value);
    const nothing = Array.from({ length: size.nothing }, (_unused, index) => index);
    await run('do_nothing', nothing.slice(0, WARM_UP));
    await run('post_transfer', next(WARM_UP));
    await run('post_move', next(WARM_UP));
    const rates = {
      nothing: size.nothing / (await run('do_nothing', nothing)),
      transfer: size.peerMoves / (await run('post_transfer', next(size.peerMoves))),
      move: size.peerMoves / (await run('post_move', next(size.peerMoves))),
    };
    await checkEndState(db, events);
    return { ...rates, retries: await checkJobs(db, WARM_UP + size.nothing + events.length) };
  } finally {
    await server.stop();
  }
}

async function enqueue(odoo: OdooClient, method: string, items: readonly unknown[]): Promise<void> {
  await odoo.call('bench.job', 'enqueue', [method, items], {}, STORE_TIMEOUT_MS);
}

/** All jobs are done; gives how many runs were too many. */
async function checkJobs(db: string, wanted: number): Promise<number> {
  const answer = await sql(
    "select count(*) filter (where state = 'done'), count(*), coalesce(sum(retry), 0) from queue_job",
    db,
  );
  const [done = 0, jobs = 0, runs = 0] = answer.split('|').map(Number);
  if (done !== wanted || jobs !== wanted)
    throw new Error(`jobs done: found ${done} of ${jobs}, queued ${wanted}`);
  return runs - jobs;
}
