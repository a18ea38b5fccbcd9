import type { Contract, WriteFlow } from '../../sidecar/contract.ts';
import { createHttpClient, type HttpCall } from '../../sidecar/http-client.ts';
import { limited } from '../../sidecar/sources/rate-limit.ts';
import { authorised, readAccess } from '../../sidecar/sources/read-auth.ts';
import type { OutboxMessage, WriteLink } from '../../sidecar/sources/write-plan.ts';
import { withToken } from '../../sidecar/sources/write-token.ts';
import { ScriptedServer, type Reply, type SeenRequest } from './scripted-server.ts';

export const NOW = Date.parse('2026-09-03T10:05:00Z');
export const REFERENCE = 'mw-5f1c7a2e';

export function message(changes: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    id: '0198f3a0-0000-7000-8000-000000000001',
    flow: 'asset',
    operation: 'create',
    external_id: null,
    reference: REFERENCE,
    version: '2026-09-03T10:05:00.310000Z',
    occurred_at: '2026-09-03T10:05:00.310000Z',
    attempts: 1,
    doubt: false,
    fields: { name: 'Conveyor 2', serial_no: 'BC-2207', note: null },
    changed: null,
    ...changes,
  };
}

/** A product that answers over HTTP, and the way there as the runtime makes it. */
export class Product {
  readonly server: ScriptedServer;
  private readonly client = createHttpClient();
  private readonly contract: Contract;
  /** The time there is. */
  time = NOW;

  constructor(contract: Contract, reply: (request: SeenRequest, index: number) => Reply) {
    this.contract = contract;
    this.server = new ScriptedServer(reply);
  }

  async start(credential = 'key-of-writes', call: HttpCall = this.client.call): Promise<WriteLink> {
    const base = { base_url: await this.server.listen(), credential, login_url: null };
    const { read } = this.contract.source;
    if (read === null || this.contract.writes === null) throw new Error('the contract does not write');
    const now = () => this.time;
    const access = readAccess(read, base);
    const signed = authorised(read, base, limited(read.limits, call, now), now);
    return { access, now, call: withToken(this.contract.writes.token, access, signed, now) };
  }

  flow(name: string): WriteFlow {
    const found = this.contract.writes?.flows[name];
    if (!found) throw new Error(`no flow ${name}`);
    return found;
  }

  /** Method, path and JSON body of what came in, in order. */
  calls(): [string, string, unknown][] {
    return this.server.seen.map(({ method, url, body }) => [
      method,
      url,
      body === '' ? null : (JSON.parse(body) as unknown),
    ]);
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.server.close();
  }
}
