import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** `hang` leaves the caller without an answer until the server closes, `drop` cuts the connection. */
export type Reply =
  { status: number; body?: unknown; headers?: Record<string, string | string[]> } | 'hang' | 'drop';

/** A server that answers as the test says; it plays a product's REST, or an addon that has faults. */
export class ScriptedServer {
  readonly seen: SeenRequest[] = [];
  private readonly server: Server;
  private readonly reply: (request: SeenRequest, index: number) => Reply | Promise<Reply>;
  private waiters: { count: number; resolve: () => void }[] = [];

  constructor(reply: (request: SeenRequest, index: number) => Reply | Promise<Reply>) {
    this.reply = reply;
    this.server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const request = {
          method: req.method ?? '',
          url: req.url ?? '',
          headers: req.headers,
          body: Buffer.concat(chunks).toString(),
        };
        this.seen.push(request);
        this.notify();
        void Promise.resolve(this.reply(request, this.seen.length - 1)).then((reply) => {
          if (reply === 'hang') return;
          if (reply === 'drop') {
            req.socket.destroy();
            return;
          }
          const text = JSON.stringify(reply.body ?? {});
          res.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(text);
        });
      });
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves when `count` requests have come in. */
  requests(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiters.push({ count, resolve });
      this.notify();
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) =>
      this.server.close(() => {
        resolve();
      }),
    );
  }

  private notify(): void {
    for (const { count, resolve } of this.waiters) if (this.seen.length >= count) resolve();
    this.waiters = this.waiters.filter(({ count }) => this.seen.length < count);
  }
}

interface CloudEvent {
  id: string;
  subject: string;
  sequence: string;
  data: { event: string; payload: Record<string, unknown>; fetched: Record<string, unknown> };
}

/** What a batch holds. */
export function eventsOf(request: SeenRequest): CloudEvent[] {
  return JSON.parse(request.body) as CloudEvent[];
}

/** The addon's answer: everything accepted, what was seen before is a duplicate. */
export function acceptAll(): (request: SeenRequest) => Reply {
  const known = new Set<string>();
  return (request) => ({
    status: 200,
    body: {
      results: eventsOf(request).map(({ id }) => {
        const status = known.has(id) ? 'duplicate' : 'accepted';
        known.add(id);
        return { id, status, code: status, remedy: '' };
      }),
    },
  });
}
