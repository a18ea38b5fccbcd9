import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { Contract } from '../../sidecar/contract.ts';
import { callbackRequest } from '../../sidecar/sources/request.ts';
import { createSource } from '../../sidecar/sources/source.ts';
import type { CallbackSecret } from '../../sidecar/sources/verify.ts';

/** One delivery and what both ways into the inbox make of it. */
export interface Vector {
  name: string;
  contract: string;
  now: number;
  secrets: CallbackSecret[];
  request: {
    method: string;
    headers: IncomingHttpHeaders;
    rest: string;
    search: string;
    public_url: string | null;
    address: string;
  };
  body_base64: string;
  expect: Outcome;
}

export interface Outcome {
  verified: boolean;
  tokens: { key: string; expires: number }[];
  /** Null when it is refused, also because what proved it may not speak for one of them. */
  events:
    | {
        event_id: string;
        event: string | null;
        subject: string | null;
        lane: string;
        time: number | null;
        code: string | null;
        body_base64: string;
        context: unknown;
      }[]
    | null;
}

type Rules = Pick<Contract, 'source' | 'events'>;

export function loadVectors(): { contracts: Record<string, Rules>; cases: Vector[] } {
  const file = '../../odoo_addon/millwright/tests/fixtures/contract/deliveries.json';
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as ReturnType<typeof loadVectors>;
}

/** What the sidecar makes of a delivery. */
export function run(rules: Rules, vector: Omit<Vector, 'expect'>): Outcome {
  const { request, secrets, now } = vector;
  const connector = { code: 'probe', title: 'Probe', version: '1.0.0', odoo: '19.0' };
  const contract = {
    contract: 1,
    hash: '',
    connector,
    reads: {},
    flows: {},
    ...rules,
  } as unknown as Contract;
  const source = createSource({
    backend: 'plant',
    environment: 'test',
    contract,
    secrets,
    read: null,
    call: () => Promise.reject(new Error('nothing is read')),
    now: () => now,
  });
  const { method, headers, address, rest, search, public_url } = request;
  const callback = callbackRequest({ method, headers, address }, rest, search, public_url);
  const verified = source.verify(callback, Buffer.from(vector.body_base64, 'base64'));
  if (verified === null) return { verified: false, tokens: [], events: null };
  const events = source.open(callback, verified);
  return {
    verified: true,
    tokens: verified.tokens,
    events:
      events?.map(({ identity, body, context }) => {
        const { event_id, event, subject, lane, time, held } = identity;
        const said = context === null ? {} : (JSON.parse(context) as unknown);
        const body_base64 = body.toString('base64');
        return {
          event_id,
          event,
          subject,
          lane,
          time,
          code: held?.reason ?? null,
          body_base64,
          context: said,
        };
      }) ?? null,
  };
}
