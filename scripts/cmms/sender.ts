import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

/** One callback, ready to be posted. */
export interface Callback {
  event: string;
  rawBody: string;
  headers: Record<string, string>;
}

export interface Attempt {
  at: string;
  /** The status, or null when no answer came: the callback may or may not have been accepted. */
  status: number | null;
  /** Why there was no answer. */
  error?: string;
}

/** What is known about one callback after sending it. */
export interface Sent {
  event: string;
  rawBody: string;
  deliveryId: string;
  attempts: Attempt[];
  /** An attempt was answered 2xx: from here on the receiver answers for it. */
  accepted: boolean;
}

export interface SenderOptions {
  url: string;
  /** One attempt, as the product does it; or again and again until a 2xx comes, as crash tests need it. */
  mode: 'once' | 'until_accepted';
  timeoutMs?: number;
  pauseMs?: number;
  now?: () => Date;
}

/** The product's signature: hex HMAC-SHA256 of the raw body, keyed with the whole secret text. */
export function sign(secret: string, rawBody: string): string {
  return createHmac('sha256', secret).update(rawBody, 'utf8').digest('hex');
}

/** Dresses a body up as the product does. The delivery id belongs to the subscription and the try, not to the event. */
export function dress(
  event: string,
  rawBody: string,
  secret: string,
  deliveryId: string,
  sentAt: Date,
): Callback {
  return {
    event,
    rawBody,
    headers: {
      'Content-Type': 'application/json',
      Accept: 'text/plain, application/json, application/*+json, */*',
      'User-Agent': 'Java/21.0.4',
      'X-Webhook-Signature': sign(secret, rawBody),
      'X-Webhook-Timestamp': String(sentAt.getTime()),
      'X-Webhook-Id': deliveryId,
      'X-Webhook-Event': event,
    },
  };
}

/** Posts callbacks and keeps the record of what was answered. */
export class Sender {
  readonly sent: Sent[] = [];
  url: string;
  readonly #options: Required<SenderOptions>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  #stopped = false;

  constructor(options: SenderOptions) {
    this.url = options.url;
    this.#options = { timeoutMs: 10_000, pauseMs: 50, now: () => new Date(), ...options };
  }

  /** Resolves when the callback was answered (mode `once`: or was not); never rejects. */
  async send(callback: Callback): Promise<Sent> {
    const record: Sent = {
      event: callback.event,
      rawBody: callback.rawBody,
      deliveryId: callback.headers['X-Webhook-Id'] ?? '',
      attempts: [],
      accepted: false,
    };
    this.sent.push(record);
    do {
      const attempt = await this.#post(callback);
      record.attempts.push(attempt);
      record.accepted = attempt.status !== null && attempt.status >= 200 && attempt.status < 300;
      if (record.accepted || this.#options.mode === 'once') break;
      await new Promise((resolve) => setTimeout(resolve, this.#options.pauseMs));
    } while (!this.#stopped);
    return record;
  }

  /** Sends a list with so many connections; the order of starting is the list's. */
  async sendAll(
    callbacks: Iterable<Callback>,
    connections: number,
    onSent?: (sent: Sent) => void,
  ): Promise<void> {
    const queue = callbacks[Symbol.iterator]();
    const work = async (): Promise<void> => {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const sent = await this.send(next.value);
        onSent?.(sent);
      }
    };
    await Promise.all(Array.from({ length: connections }, work));
  }

  /** Gives up what is still being tried again and closes the connections. */
  close(): void {
    this.#stopped = true;
    this.#agent.destroy();
  }

  #post(callback: Callback): Promise<Attempt> {
    const at = this.#options.now().toISOString();
    const body = Buffer.from(callback.rawBody, 'utf8');
    const headers = { ...callback.headers, 'Content-Length': String(body.length) };
    return new Promise((resolve) => {
      const failed = (error: Error): void => {
        resolve({ at, status: null, error: error.message });
      };
      const post = request(this.url, { method: 'POST', headers, agent: this.#agent }, (response) => {
        response.on('error', failed);
        response.on('end', () => {
          resolve({ at, status: response.statusCode ?? null });
        });
        response.resume();
      });
      post.setTimeout(this.#options.timeoutMs, () => post.destroy(new Error('no answer in time')));
      post.on('error', failed);
      post.end(body);
    });
  }
}
