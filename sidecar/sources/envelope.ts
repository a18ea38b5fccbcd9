import type { Contract } from '../contract.ts';

/** What the envelope says about one delivery; the body comes beside it. */
export interface EnvelopeFacts {
  seq: number;
  event_id: string;
  event: string;
  subject: string;
  lane: string;
  time: number | null;
  received_at: number;
  /** JSON text of an object. */
  fetched: string;
  /** JSON text of what the delivery says beside its body; it goes along as if it had been fetched. */
  context?: string | null;
}

/**
 * A CloudEvent in JSON (docs/architecture.md §5). `payload` is the body as received, byte for byte: it is put in as text and never
 * parsed and written again, so that 2.0 stays 2.0 and a long number keeps its digits. The body must be JSON.
 */
export function buildEnvelope(
  contract: Contract,
  backend: string,
  environment: string,
  facts: EnvelopeFacts,
  body: Buffer,
): Buffer {
  const { connector, hash } = contract;
  const head = JSON.stringify({
    specversion: '1.0',
    id: facts.event_id,
    source: `/millwright/${backend}`,
    type: `${connector.code}.${facts.event}`,
    ...(facts.time === null ? {} : { time: new Date(facts.time).toISOString() }),
    subject: facts.subject,
    dataschema: `urn:millwright:${connector.code}:${connector.version}:${hash}`,
    datacontenttype: 'application/json',
    lane: facts.lane,
    sequence: String(facts.seq).padStart(12, '0'),
    environment,
    traceparent: `00-${facts.event_id.slice(0, 32)}-${facts.event_id.slice(32, 48)}-01`,
  });
  const before = `${head.slice(0, -1)},"data":{"event":${JSON.stringify(facts.event)},"payload":`;
  const after = `,"fetched":${withContext(facts)},"received_at":"${new Date(facts.received_at).toISOString()}"}}`;
  return Buffer.concat([Buffer.from(before), body, Buffer.from(after)]);
}

/** Both are objects, written by us. */
function withContext({ context, fetched }: EnvelopeFacts): string {
  if (context === null || context === undefined) return fetched;
  return fetched === '{}' ? context : `${context.slice(0, -1)},${fetched.slice(1)}`;
}
