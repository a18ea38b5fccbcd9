import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AtlasState, type PublishOptions, type SearchRequest } from './atlas-state.ts';
import type { Sample } from './samples.ts';

export interface AtlasServerOptions {
  /** 0 takes a free port. */
  port?: number;
  host?: string;
  apiKey: string;
  now?: () => number;
}

/** One answer given to a read with a good key. */
export interface Answer {
  method: string;
  path: string;
  status: number;
  body: unknown;
}

/** Plays the REST interface of Atlas: reads of one record, part and labour lists, search by pages. */
export class AtlasServer {
  readonly answers: Answer[] = [];
  readonly #state: AtlasState;
  readonly #apiKey: string;
  readonly #server: Server;
  #limited = 0;

  private constructor(options: AtlasServerOptions) {
    this.#state = new AtlasState(options.now ?? Date.now);
    this.#apiKey = options.apiKey;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        respond(response, 500, { success: false, message: String(error) });
      });
    });
  }

  static async start(options: AtlasServerOptions): Promise<AtlasServer> {
    const server = new AtlasServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
    });
    return server;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  publish(path: string, body: unknown, options?: PublishOptions): void {
    this.#state.publish(path, body, options);
  }

  /** Serves the REST answers that a recording brings along; a recorded 404 is a record that is gone. */
  publishSample(sample: Sample): void {
    for (const read of sample.fetch ?? []) {
      this.publish(read.path, read.status === 200 ? read.body : null, { version: sample.received_at });
    }
  }

  /** The next `count` requests are refused as one too many. The product sends no Retry-After. */
  limitNext(count: number): void {
    this.#limited += count;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) =>
      this.#server.close(() => {
        resolve();
      }),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const path = new URL(request.url ?? '/', 'http://atlas').pathname;
    if (request.headers['x-api-key'] !== this.#apiKey) {
      respond(response, 401, { success: false, message: 'Unauthorized' });
      return;
    }
    if (this.#limited > 0) {
      this.#limited -= 1;
      respond(response, 429, { error: 'Too Many Requests', message: 'Rate limit exceeded' });
      return;
    }
    const found = this.#find(request.method ?? 'GET', path, body);
    const answer: Answer = {
      method: request.method ?? 'GET',
      path,
      status: found === undefined ? 404 : 200,
      body: found ?? { success: false, message: 'Not found' },
    };
    this.answers.push(answer);
    respond(response, answer.status, answer.body);
  }

  #find(method: string, path: string, body: string): unknown {
    const [, collection, second, third] = path.split('/');
    if (method === 'POST' && collection !== undefined && second === 'search') {
      return this.#state.search(collection, JSON.parse(body === '' ? '{}' : body) as SearchRequest);
    }
    if (method !== 'GET') return undefined;
    const found = this.#state.read(path);
    const isList = second === 'work-order' && third !== undefined;
    if (found !== undefined || !isList) return found;
    return this.#state.read(`/work-orders/${third}`) === undefined ? undefined : [];
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
