/** States of a delivery. Waiting for another try is pending with a later `next_attempt_at`. */
export type State = 'pending' | 'held' | 'done' | 'dead';
export const STATES: readonly State[] = ['pending', 'held', 'done', 'dead'];

/**
 * `bucket` is a part of the dedupe key that the event id determines (0 where nothing is known). It keeps what happened at about the same
 * time side by side in the index: ids alone are random, and every one of them would touch, and write, a page of its own.
 */
export interface NewDelivery {
  backend: string;
  event_id: string;
  event: string | null;
  origin: 'callback' | 'read';
  subject: string | null;
  lane: string;
  time: number | null;
  bucket: number;
  /** Milliseconds since the epoch, as all times here. */
  received_at: number;
  held: { reason: string; message: string } | null;
  body: Buffer;
  /** JSON text of what the delivery says beside its body. */
  context?: string | null;
}

/** A token that counts once, by its digest. */
export interface OnceToken {
  backend: string;
  key: string;
  expires: number;
}

export type AcceptStatus = 'accepted' | 'duplicate' | 'held';

/** A delivery without its body. */
export interface Delivery {
  seq: number;
  backend: string;
  event_id: string;
  event: string | null;
  origin: 'callback' | 'read';
  subject: string | null;
  lane: string;
  time: number | null;
  bucket: number;
  received_at: number;
  state: State;
  /** Stable code of why it is held or dead, or of its last failure. */
  reason: string | null;
  last_error: string | null;
  attempts: number;
  next_attempt_at: number;
  duplicates: number;
  /** JSON text of what was fetched; null while nothing was. */
  fetched: string | null;
  context: string | null;
  /** JSON text of what Odoo said about it. */
  answer: string | null;
  finished_at: number | null;
}

/** A change of one delivery; what is not named stays. Every field but `seq` and `from` is what the row has afterwards. */
export interface Change {
  seq: number;
  to: State;
  reason?: string | null;
  last_error?: string | null;
  attempts?: number;
  next_attempt_at?: number;
  fetched?: string | null;
  answer?: string | null;
  finished_at?: number | null;
}

/** What a held delivery turned out to be, once a newer contract knows it. */
export interface Recognised {
  event_id: string;
  event: string | null;
  subject: string | null;
  lane: string;
  time: number | null;
  bucket: number;
}

export type Counts = Record<State, number> & { duplicates: number };

export interface ListFilter {
  backend?: string;
  state?: State;
  limit: number;
}

/**
 * The durable store of accepted deliveries. Whatever a promise of it resolved to is on the disk; many calls share one commit.
 * Rejects with SpoolError when the store cannot write.
 */
export interface Spool {
  /** Stores once per (backend, event id): also when the first one's body has been purged. */
  accept(delivery: NewDelivery): Promise<AcceptStatus>;
  /**
   * Stores the events of one delivery, all or none, in their order. Null, and nothing stored, when one of the tokens came before with
   * another body; with the same one it is the same delivery again.
   */
  acceptAll(
    deliveries: readonly NewDelivery[],
    tokens: readonly OnceToken[],
    body: Buffer,
  ): Promise<AcceptStatus[] | null>;
  /** The one gate of states. Resolves to the sequence numbers it refused: final rows do not change. */
  change(changes: readonly Change[]): Promise<number[]>;
  /** Gives a held delivery its identity. Resolves to false when that event is stored already. */
  recognise(seq: number, identity: Recognised): Promise<boolean>;
  /** Puts a held or dead delivery back to pending with its attempts at zero; false when it is neither or not there. */
  redrive(backend: string, eventId: string, now: number): Promise<boolean>;
  /** Pending deliveries of a backend in the order of arrival. Stop early; change nothing meanwhile. */
  pending(backend: string): Iterable<Delivery>;
  /**
   * Deliveries of the same backend, event and subject that tell of later, the newest first, whatever their state: by the time of the
   * event, at the same time or where the product says none by their arrival.
   */
  newer(delivery: Delivery, limit: number): Delivery[];
  body(seq: number): Buffer | null;
  list(filter: ListFilter): Delivery[];
  /** Walks through the whole table: for people, not for the way in. */
  find(backend: string, eventId: string): Delivery | null;
  counts(backend: string): Counts;
  /** Received-at of the oldest pending delivery. */
  oldestPending(backend: string): number | null;
  /** Empties bodies, fetched answers and contexts of deliveries that were done before `before`; the event ids stay. Forgets tokens that expired before `now`. */
  purge(before: number, now?: number): Promise<number>;
  getMark(name: string): string | null;
  setMark(name: string, value: string): Promise<void>;
  /** Waits for everything queued so far. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Legal moves; redriving is the only way back and has its own door. */
export const ORIGINS: Record<State, readonly State[]> = {
  pending: ['pending'],
  held: ['pending'],
  done: ['pending'],
  dead: ['pending'],
};
