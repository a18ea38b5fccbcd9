import type { OdooClient } from '../../scripts/odoo/index.ts';
import { measureCallers } from '../odoo/callers.ts';
import type { Change } from './events.ts';

interface Facts {
  requests: Map<string, number>;
  stage: number;
}

/** The peer `odoo_await_<n>`: one call per change; which request stands for which order is known beforehand. Gives seconds. */
export function measureOdooAwait(db: string, changes: readonly Change[], clients: number): Promise<number> {
  return measureCallers(db, clients, changes, readFacts, write);
}

async function write(odoo: OdooClient, { requests, stage }: Facts, change: Change): Promise<void> {
  const { order, title, description } = change;
  const values = { name: title, description, stage_id: stage, priority: '3' };
  await odoo.call('maintenance.request', 'write', [[requests.get(String(order))], values]);
}

async function readFacts(odoo: OdooClient): Promise<Facts> {
  return { requests: await readRequests(odoo), stage: await readStage(odoo) };
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
