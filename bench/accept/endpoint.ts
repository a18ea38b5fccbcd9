import { Agent } from 'undici';
import { startOdoo } from '../../scripts/odoo/index.ts';
import { callInShell } from '../odoo/shell.ts';
import { BACKEND } from '../posting/events.ts';
import type { CloudEvent } from './events.ts';

const PREPARE = new URL('./subject.py', import.meta.url);

/**
 * The subject: batches posted one after the other to the endpoint of a real server, as the sidecar does. Seconds from the first request
 * to the last answer.
 */
export async function measureEndpoint(
  db: string,
  batches: readonly (readonly CloudEvent[])[],
): Promise<number> {
  const { key } = await callInShell<{ key: string }>(db, PREPARE, 'prepare', { backend: BACKEND });
  const server = await startOdoo({ db, maxCronThreads: 0 });
  const agent = new Agent({ connections: 1 });
  try {
    await server.waitReady();
    const bodies = batches.map((batch) => JSON.stringify(batch));
    const send = (body: string): Promise<string[]> => postBatch({ url: server.url, db, key, agent }, body);
    await send('[]'); // the first request of a server loads what all others use
    const started = performance.now();
    for (const body of bodies) {
      const statuses = await send(body);
      const refused = statuses.find((status) => status !== 'accepted');
      if (refused !== undefined) throw new Error(`an event was answered ${refused}`);
    }
    return (performance.now() - started) / 1000;
  } finally {
    await agent.close();
    await server.stop();
  }
}

interface Door {
  url: string;
  db: string;
  key: string;
  agent: Agent;
}

/** Posts a batch; gives the status of each event. */
export async function postBatch({ url, db, key, agent }: Door, body: string): Promise<string[]> {
  const answer = await agent.request({
    origin: url,
    path: `/millwright/v1/${BACKEND}/events`,
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/cloudevents-batch+json',
      'x-odoo-database': db,
    },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`the endpoint answered ${answer.statusCode}: ${text}`);
  return (JSON.parse(text) as { results: { status: string }[] }).results.map(({ status }) => status);
}
