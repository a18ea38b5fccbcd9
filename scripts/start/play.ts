import { randomUUID } from 'node:crypto';
import {
  AtlasServer,
  dress,
  Sender,
  type Callback,
  type Sample,
  type SenderOptions,
  type Sent,
} from '../cmms/index.ts';
import type { Delivery } from '../shift/index.ts';

export interface PlayOptions {
  callbackUrl: string;
  secret: string;
  apiKey: string;
  mode: SenderOptions['mode'];
}

/** The CMMS as the sidecar sees it: what it posts and what it answers when it is asked. */
export class Cmms {
  readonly atlas: AtlasServer;
  readonly sender: Sender;
  readonly #secret: string;

  private constructor(atlas: AtlasServer, sender: Sender, secret: string) {
    this.atlas = atlas;
    this.sender = sender;
    this.#secret = secret;
  }

  static async start(options: Omit<PlayOptions, 'callbackUrl'>): Promise<Cmms> {
    const atlas = await AtlasServer.start({ apiKey: options.apiKey });
    const sender = new Sender({ url: '', mode: options.mode });
    return new Cmms(atlas, sender, options.secret);
  }

  /** Where callbacks are posted to; may change when the receiver comes up on another port. */
  set callbackUrl(url: string) {
    this.sender.url = url;
  }

  /** Recordings go out verbatim: bytes, signature, headers. Order as received. */
  async replay(samples: Sample[], onSent?: (sent: Sent) => void): Promise<void> {
    for (const sample of samples) {
      this.atlas.publishSample(sample);
      const sent = await this.sender.send({
        event: sample.event,
        rawBody: sample.raw_body,
        headers: sample.headers,
      });
      onSent?.(sent);
    }
  }

  /** Sends a shift; each record can be read some time after its callback went out. */
  async work(deliveries: Delivery[], connections: number, onSent?: (sent: Sent) => void): Promise<void> {
    await this.sender.sendAll(this.#callbacks(deliveries), connections, onSent);
  }

  *#callbacks(deliveries: Delivery[]): Generator<Callback> {
    for (const delivery of deliveries) {
      for (const read of delivery.reads) {
        this.atlas.publish(read.path, read.body, {
          version: read.version,
          visibleInMs: delivery.visibleInMs,
        });
      }
      yield dress(
        delivery.event,
        delivery.rawBody,
        this.#secret,
        delivery.deliveryId || randomUUID(),
        new Date(),
      );
    }
  }

  async close(): Promise<void> {
    this.sender.close();
    await this.atlas.close();
  }
}
