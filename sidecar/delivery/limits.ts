import { MINUTE, SECOND } from '../clock.ts';
import type { BackoffRule } from './backoff.ts';

/** Events in a batch; the addon takes 1 000. */
export const BATCH_EVENTS = 200;
/** Bytes in a batch; the addon takes 8 MiB. A single larger event goes alone. */
export const BATCH_BYTES = 4 * 1024 * 1024;
/** Failures of one row by itself (never of Odoo as a whole) before it is a dead letter. */
export const ROW_ATTEMPTS = 8;
/** Reads that found nothing yet or an old state before the delivery is held: about 40 minutes with FETCH_BACKOFF. */
export const FETCH_ATTEMPTS = 15;
/** Newer deliveries that a read with an old state is compared with: the newest, of one event and subject. */
export const NEWER_DELIVERIES = 20;
/** Reads that failed while others went well before the delivery is held: some hours. */
export const FETCH_FAILURES = 40;
/** Reads at the same time for one backend. */
export const FETCH_PARALLEL = 4;

/** Messages of the outbox in one lease; the addon gives at most 100. */
export const LEASE_MESSAGES = 50;
/** Records written at the same time for one backend. */
export const WRITE_PARALLEL = 4;
/** No call to the product begins so late in a lease that it could outlast it. */
export const WRITE_MARGIN_MS = 20 * SECOND;
/** Results in one settlement. */
export const SETTLE_RESULTS = 100;

/** Odoo or the network is away. */
export const OUTAGE_BACKOFF: BackoffRule = { baseMs: SECOND, capMs: MINUTE };
/** Odoo or the product refuses us: somebody has to change something. */
export const BLOCKED_BACKOFF: BackoffRule = { baseMs: 10 * SECOND, capMs: 5 * MINUTE };
export const ROW_BACKOFF: BackoffRule = { baseMs: 5 * SECOND, capMs: 10 * MINUTE };
/** The product commits moments after it has called: the first reads come soon. */
export const FETCH_BACKOFF: BackoffRule = { baseMs: SECOND / 2, capMs: 5 * MINUTE };
