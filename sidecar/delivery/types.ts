import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Delivery, Recognised, Spool } from '../spool/types.ts';
import type { OdooClient } from './odoo-client.ts';

/** What delivery needs to know about a source; `sources/source.ts` has this shape, the server puts the two together. */
export interface Handling {
  identifyAgain(
    event: string | null,
    body: Buffer,
    context?: string | null,
  ): Recognised & { held: { reason: string; message: string } | null };
  prepare(event: string, body: Buffer, context?: string | null): Preparation;
  envelope(facts: EnvelopeFacts, body: Buffer): Buffer;
}

export type Preparation =
  { kind: 'ready' } | { kind: 'fetch'; run: FetchRun } | { kind: 'held'; reason: string; message: string };

/** A delivery as it is stored. */
export interface Stored {
  body: Buffer;
  context: string | null;
}

/**
 * Makes the reads of a delivery and gives the JSON text of what was fetched. `newer` gives newer deliveries of its event and subject;
 * `movedOn` says that what was fetched is what one of them says.
 */
export type FetchRun = (newer: () => Stored[]) => Promise<{ text: string; movedOn: boolean }>;

export interface EnvelopeFacts {
  seq: number;
  event_id: string;
  event: string;
  subject: string;
  lane: string;
  time: number | null;
  received_at: number;
  fetched: string;
  context?: string | null;
}

export interface DeliveryDeps {
  backend: string;
  spool: Spool;
  handling: Handling;
  odoo: OdooClient;
  clock: Clock;
  random: () => number;
  log: Logger;
  metrics: Metrics;
}

/** One delivery, ready to go into a batch. */
export interface Parcel {
  row: Delivery;
  envelope: Buffer;
}
