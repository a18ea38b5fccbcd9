import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connectOdoo,
  createDatabase,
  dropDatabase,
  startOdoo,
  type OdooClient,
  type OdooServer,
  type StartOptions,
} from '../../scripts/odoo/index.ts';
import type { Part } from '../../scripts/shift/index.ts';
import { ensureInstalled } from '../../scripts/start/installed.ts';
import { ADDONS, CONNECTOR } from '../../scripts/start/line.ts';
import { seedPlant, type Plant } from '../../scripts/start/seed.ts';

const CONTRACT = new URL('../../odoo_addon/millwright_atlas/contract.json', import.meta.url);
const ENVIRONMENT = 'test';
const SETTLE_TIMEOUT_MS = 120_000;
const POLL_MS = 200;

/** What the maintenance system says, as the sidecar would hand it over. */
export interface Message {
  event: string;
  subject: string;
  payload: Record<string, unknown>;
  /** Answers of the reads, by name. */
  fetched?: Record<string, unknown>;
  /** Default: the hash of the committed contract. */
  contractHash?: string;
  /** Default: standard. */
  lane?: 'critical' | 'standard' | 'batch';
}

/** An Odoo with our addons on a database of its own, set up as an administrator would, without a sidecar. */
export interface SeededOdoo {
  server: OdooServer;
  admin: OdooClient;
  plant: Plant;
  /** Hands messages to the addon's endpoint; gives the status of each. */
  post(messages: Message[]): Promise<string[]>;
  /** Resolves when the inbox has nothing left to do by itself. */
  settle(): Promise<void>;
  /** Resolves when the message about a subject is in this state. */
  reach(subject: string, state: string): Promise<void>;
  /** Stops the server and drops the database. */
  stop(): Promise<void>;
}

/** Makes database `db` anew, starts a server with scheduled jobs on it and sets up one plant with these parts. */
export async function startSeededOdoo(
  db: string,
  parts: readonly Part[],
  options: Partial<StartOptions> = {},
): Promise<SeededOdoo> {
  await createDatabase(db, { from: await ensureInstalled([...ADDONS]) });
  // Odoo warns of every XML-RPC call.
  const server = await startOdoo({
    ...options,
    db,
    args: ['--log-handler=odoo.addons.rpc.controllers.xmlrpc:ERROR'],
  });
  try {
    await server.waitReady();
    const admin = await connectOdoo({ url: server.url, db, user: 'admin', password: 'admin' });
    const seeded = await seedOdoo(admin, parts);
    const stop = async (): Promise<void> => {
      await server.stop();
      await dropDatabase(db);
    };
    return { server, admin, ...seeded, stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The same on a server that runs already. */
export async function seedOdoo(
  admin: OdooClient,
  parts: readonly Part[],
): Promise<Pick<SeededOdoo, 'plant' | 'post' | 'settle' | 'reach'>> {
  const options = { connector: CONNECTOR, environment: ENVIRONMENT, parts };
  const plant = await seedPlant(admin, {
    ...options,
    backendCode: 'packing',
    backendName: 'Atlas at the packing plant',
  });
  return {
    plant,
    post: (messages) => postTo(admin, plant, messages),
    settle: () => settle(admin),
    reach: (subject, state) => reach(admin, subject, state),
  };
}

/** Hands messages to a backend's endpoint; gives the status of each. */
export async function postTo(admin: OdooClient, plant: Plant, messages: Message[]): Promise<string[]> {
  const answer = await fetch(`${admin.url}/millwright/v1/${plant.backendCode}/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${plant.key}`,
      'content-type': 'application/cloudevents-batch+json',
      'x-odoo-database': admin.db,
    },
    body: JSON.stringify(messages.map((message) => envelope(plant.backendCode, message))),
  });
  const body = (await answer.json()) as { results?: { status: string }[] };
  if (body.results === undefined) throw new Error(`Odoo answered ${answer.status}: ${JSON.stringify(body)}`);
  return body.results.map(({ status }) => status);
}

function envelope(backend: string, message: Message): Record<string, unknown> {
  const { event, subject, payload, fetched = {} } = message;
  const time = typeof payload['occurredAt'] === 'string' ? payload['occurredAt'] : new Date().toISOString();
  const hash = message.contractHash ?? committedHash();
  return {
    specversion: '1.0',
    id: createHash('sha256')
      .update(JSON.stringify([event, payload]))
      .digest('hex'),
    source: `/millwright/${backend}`,
    type: `${CONNECTOR}.${event}`,
    time,
    subject,
    dataschema: `urn:millwright:${CONNECTOR}:1.0.0:${hash}`,
    datacontenttype: 'application/json',
    lane: message.lane ?? 'standard',
    environment: ENVIRONMENT,
    data: { event, payload, fetched, received_at: new Date().toISOString() },
  };
}

function committedHash(): string {
  return (JSON.parse(readFileSync(CONTRACT, 'utf8')) as { hash: string }).hash;
}

async function settle(admin: OdooClient): Promise<void> {
  await until(async () => {
    const counts = (await admin.call('millwright.inbox', 'queue_summary')) as Record<string, number>;
    const left = (counts['pending'] ?? 0) + (counts['processing'] ?? 0) + (counts['open'] ?? 0);
    return left === 0 ? undefined : `the inbox is still at work: ${JSON.stringify(counts)}`;
  });
}

async function reach(admin: OdooClient, subject: string, state: string): Promise<void> {
  await until(async () => {
    const domain = [['subject', '=', subject]];
    const rows = await admin.searchRead<{ state: string }>('millwright.inbox', domain, ['state']);
    if (rows.length > 0 && rows.every((row) => row.state === state)) return undefined;
    return `${subject} is ${rows.map((row) => row.state).join(', ')}, not ${state}`;
  });
}

/** Looks again until there is nothing to complain of. */
async function until(complaint: () => Promise<string | undefined>): Promise<void> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const problem = await complaint();
    if (problem === undefined) return;
    if (Date.now() > deadline) throw new Error(`After ${SETTLE_TIMEOUT_MS / 1000} s ${problem}.`);
    await delay(POLL_MS);
  }
}
