import { hash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { Contract, EventRule } from '../contract.ts';
import { firstPresent, firstTemplate, resolvePath, type Scopes } from './paths.ts';

/** Why a verified delivery waits for a person instead of going to Odoo. */
export type HeldReason =
  'unknown_event' | 'invalid_json' | 'identity_missing' | 'subject_missing' | 'not_separable';

/** What a delivery says about an event beside its body. */
export type Context = Pick<Scopes, 'ce' | 'batch' | 'header'>;

export interface Identity {
  event_id: string;
  event: string | null;
  subject: string | null;
  lane: string;
  /** When it happened, in milliseconds since the epoch; null when the product does not say, or says it without a zone. */
  time: number | null;
  /** Part of the dedupe key beside the event id: `time` where the time is part of the identity, so that it adds nothing, else 0. */
  bucket: number;
  held: { reason: HeldReason; message: string } | null;
}

/** Never throws and never refuses: what cannot be identified is held, known by its event name and its bytes. */
export function identify(
  contract: Contract,
  event: string | undefined,
  raw: Buffer,
  context: Context = {},
): Identity {
  const payload = parseJson(raw);
  if (payload === undefined) return heldIdentity(event, raw, 'invalid_json', 'the body is not JSON in UTF-8');
  const rule =
    event !== undefined && Object.hasOwn(contract.events, event) ? contract.events[event] : undefined;
  if (event === undefined || rule === undefined) {
    return heldIdentity(event, raw, 'unknown_event', 'the contract has no such event');
  }
  return identifyPayload(event, rule, payload, raw, context);
}

/** As `identify`, for a payload that is parsed already. */
export function identifyPayload(
  event: string,
  rule: EventRule,
  payload: unknown,
  raw: Buffer,
  context: Context = {},
): Identity {
  const scopes: Scopes = { ...context, event: payload, fetched: {} };
  const values = rule.identity.map((path) => resolvePath(path, scopes) ?? null);
  if (
    values.every((value) => value === null) ||
    values.some((value) => typeof value === 'object' && value !== null)
  ) {
    return heldIdentity(event, raw, 'identity_missing', `no usable value at ${rule.identity.join(', ')}`);
  }
  const subject = firstTemplate(rule.subject, scopes);
  if (subject === null) {
    return heldIdentity(event, raw, 'subject_missing', `nothing resolves of ${rule.subject.join(', ')}`);
  }
  const time = instant(firstPresent(rule.time, scopes));
  const bucket = time !== null && rule.time.every((path) => rule.identity.includes(path)) ? time : 0;
  return { event_id: eventId(event, values), event, subject, lane: rule.lane, time, bucket, held: null };
}

/** The dedupe key of spool and inbox (docs/architecture.md §3, Identity). */
export function eventId(event: string, values: readonly unknown[]): string {
  return sha256(JSON.stringify([event, ...values])); // scalars only: this is their canonical JSON
}

export function parseJson(raw: Buffer): unknown {
  if (!isUtf8(raw)) return undefined;
  try {
    return JSON.parse(raw.toString('utf8')) as unknown;
  } catch {
    return undefined; // the caller holds it, with a reason
  }
}

/** Known by its name and its bytes alone. */
export function heldIdentity(
  event: string | undefined,
  raw: Buffer,
  reason: HeldReason,
  message: string,
): Identity {
  const event_id = sha256(JSON.stringify([event ?? null, 'body', sha256(raw)]));
  return {
    event_id,
    event: event ?? null,
    subject: null,
    lane: 'standard',
    time: null,
    bucket: 0,
    held: { reason, message },
  };
}

function sha256(data: string | Buffer): string {
  return hash('sha256', data, 'hex');
}

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](?:[01]\d|2[0-3]):\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function instant(value: unknown): number | null {
  const day = typeof value === 'string' ? RFC3339.exec(value)?.[1] : undefined;
  if (typeof value !== 'string' || day === undefined) return null;
  const midnight = new Date(`${day}T00:00:00Z`);
  // Date rolls a day that does not exist over into the next month.
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time;
}
