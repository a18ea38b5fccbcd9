import { connectOdoo, startOdoo, type OdooClient } from '../../scripts/odoo/index.ts';
import type { Change } from './events.ts';

/**
 * The peer `odoo_await_<n>`: what a person would write. One call per change over odoo-await to a real server; which request stands
 * for which order is known beforehand. Gives seconds from the first call to the last answer.
 */
export async function measureOdooAwait(
  db: string,
  changes: readonly Change[],
  clients: number,
): Promise<number> {
  const server = await startOdoo({ db, maxCronThreads: 0 });
  try {
    await server.waitReady();
    const connection = { url: server.url, db, user: 'admin', password: 'admin' };
    const connected = await Promise.all(Array.from({ length: clients }, () => connectOdoo(connection)));
    const [first] = connected;
    if (first === undefined) throw new TypeError('at least one client');
    const [requests, stage] = [await readRequests(first), await readStage(first)];
    const queue = changes[Symbol.iterator]();
    const started = performance.now();
    await Promise.all(
      connected.map(async (odoo) => {
        for (const { order, title, description } of queue) {
          const values = { name: title, description, stage_id: stage, priority: '3' };
          await odoo.call('maintenance.request', 'write', [[requests.get(String(order))], values]);
        }
      }),
    );
    return (performance.now() - started) / 1000;
  } finally {
    await server.stop();
  }
}

async function readRequests(odoo: OdooClient): Promise<Map<string, number>> {
  const rows = await odoo.searchRead<{ external_id: string; request_id: [number, string] }>(
    'millwright.atlas.work_order',
    [],
    ['external_id', 'request_id'],
  );
  return new Map(rows.map(({ external_id, request_id }) => [external_id, request_id[0]]));
}

async function readStage(odoo: OdooClient): Promise<number> {
  const [stage] = await odoo.searchRead<{ id: number }>(
    'maintenance.stage',
    [['name', '=', 'In Progress']],
    ['id'],
  );
  if (stage === undefined) throw new Error('there is no stage In Progress');
  return stage.id;
}
