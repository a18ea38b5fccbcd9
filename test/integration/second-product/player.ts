import { createHmac } from 'node:crypto';
import { ScriptedServer, type Reply, type SeenRequest } from '../../helpers/scripted-server.ts';

const TICKET = 'ticket-of-the-registry';
/** The product gives out its key as Base64 text; the bytes sign. */
const SECRET = Buffer.from('a key of bytes: \u0000\u00ff', 'latin1').toString('base64');

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The invented product of test/fixtures/specs/acme.yaml: keeps a registry of machines and tells what happens on a topic. */
export class AcmePlayer {
  readonly secret = SECRET;
  readonly ticket = TICKET;
  callbackUrl = '';
  /** Machines as its REST gives them, by number. */
  readonly machines = new Map<string, Record<string, unknown>>();
  readonly #server = new ScriptedServer((request) => this.#reply(request));

  async listen(): Promise<string> {
    return this.#server.listen();
  }

  get reads(): string[] {
    return this.#server.seen.map(({ method, url }) => `${method} ${url}`);
  }

  /** Posts one callback; text goes out byte for byte. */
  async tell(topic: string, body: object | string, encoding: 'base64' | 'hex' = 'base64'): Promise<Answer> {
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    const hash = createHmac('sha512', Buffer.from(this.secret, 'base64')).update(raw).digest(encoding);
    const headers = { 'content-type': 'application/json', 'Acme-Topic': topic, 'Acme-Hash': hash };
    const response = await fetch(this.callbackUrl, { method: 'POST', headers, body: raw });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #reply({ url, headers }: SeenRequest): Reply {
    if (headers['acme-ticket'] !== TICKET) return { status: 401 };
    const machine = this.machines.get(decodeURIComponent(url.replace('/registry/machines/', '')));
    return machine === undefined ? { status: 404 } : { status: 200, body: machine };
  }
}
