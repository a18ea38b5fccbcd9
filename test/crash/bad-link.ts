import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = '<html><body><h1>Bad gateway</h1></body></html>';

interface Answer {
  status: number;
  type: string;
  body: Buffer;
}

interface Exchange {
  body: Buffer;
  res: ServerResponse;
  /** Hands the request on to Odoo as it came, or the first half of it; to the half nobody answers. */
  handOn: () => Promise<Answer>;
  handOnHalf: () => Promise<void>;
}

/** What can go wrong between the sidecar and Odoo. The first two never reach a commit, the others come after it. */
const FAULTS = {
  refused: ({ res }) => {
    reply(res, { status: 502, type: 'text/html', body: Buffer.from(PAGE) });
  },
  request_cut: async ({ res, handOnHalf }) => {
    await handOnHalf();
    res.destroy();
  },
  answer_lost: async ({ res, handOn }) => {
    await handOn();
    res.destroy();
  },
  answer_cut: async ({ res, handOn }) => {
    const { status, type, body } = await handOn();
    res.writeHead(status, { 'content-type': type, 'content-length': body.length });
    res.write(body.subarray(0, Math.ceil(body.length / 2)), () => res.destroy());
  },
  answer_is_500: async ({ res, handOn }) => {
    await handOn();
    reply(res, { status: 500, type: 'text/html', body: Buffer.from(PAGE) });
  },
  answer_is_half: async ({ res, handOn }) => {
    const { body, ...answer } = await handOn();
    reply(res, { ...answer, body: body.subarray(0, Math.ceil(body.length / 2)) });
  },
  answer_names_nothing: async ({ res, handOn }) => {
    const answer = await handOn();
    reply(res, { ...answer, body: Buffer.from('{"results": []}') });
  },
} satisfies Record<string, (exchange: Exchange) => void | Promise<void>>;

export type LinkFault = keyof typeof FAULTS;
export const LINK_FAULTS = Object.keys(FAULTS) as LinkFault[];

/** A proxy that spoils what a test asks it to; all else passes as it is. */
export class BadLink {
  /** Asked for each request. */
  fault: () => LinkFault | null = () => null;
  /** What happened, in order. */
  readonly happened: LinkFault[] = [];
  readonly #server: Server;
  #odoo = new URL('http://127.0.0.1:9');

  constructor() {
    this.#server = createServer((req, res) => {
      this.#exchange(req, res).catch(() => res.destroy()); // Odoo gave no answer: so the sidecar gets none
    });
  }

  /** Resolves to its own address. */
  async open(odooUrl: string): Promise<string> {
    this.#odoo = new URL(odooUrl);
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #exchange(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await readAll(req);
    const fault = this.fault();
    const handOn = (): Promise<Answer> => this.#handOn(req, body);
    if (fault === null) {
      reply(res, await handOn());
      return;
    }
    this.happened.push(fault);
    await FAULTS[fault]({ body, res, handOn, handOnHalf: () => this.#handOnHalf(req, body) });
  }

  async #handOn(req: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onward = send(this.#onward(req), (answer) => {
        readAll(answer).then((text) => {
          const type = answer.headers['content-type'] ?? 'application/json';
          resolve({ status: answer.statusCode ?? 500, type, body: text });
        }, reject);
      });
      onward.once('error', reject);
      onward.end(body);
    });
  }

  async #handOnHalf(req: IncomingMessage, body: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      const onward = send(this.#onward(req), (answer) => answer.resume());
      onward.once('error', () => undefined); // we cut it ourselves
      onward.write(body.subarray(0, Math.floor(body.length / 2)), () => {
        onward.destroy();
        resolve();
      });
    });
  }

  #onward({ method, url, headers }: IncomingMessage): RequestOptions {
    const { hostname, port } = this.#odoo;
    return { hostname, port, method, path: url ?? '/', headers, agent: false };
  }
}

function reply(res: ServerResponse, { status, type, body }: Answer): void {
  res.writeHead(status, { 'content-type': type, 'content-length': body.length }).end(body);
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
