import type { Contract } from '../contract.ts';
import type { HttpCall } from '../http-client.ts';
import { buildEnvelope, type EnvelopeFacts } from './envelope.ts';
import { needsFetch, runFetchPlan, type ReadAccess } from './fetch-plan.ts';
import { identify, parseJson, type Identity } from './identify.ts';
import { createPayloadCheck } from './validate.ts';
import { createVerifier, type VerifiedBody } from './verify.ts';

export interface SourceOptions {
  backend: string;
  environment: string;
  contract: Contract;
  secrets: readonly string[];
  read: { base_url: string; credential: string } | null;
  call: HttpCall;
  now: () => number;
}

/** What must happen to a stored delivery before it can be sent. */
export type Preparation =
  | { kind: 'ready' }
  | { kind: 'fetch'; run: () => Promise<string> }
  | { kind: 'held'; reason: string; message: string };

/** One backend's product, as its contract describes it. */
export interface Source {
  readonly backend: string;
  readonly contract: Contract;
  readonly access: ReadAccess | null;
  readonly hasSecret: boolean;
  verify(headers: Readonly<Record<string, string | string[] | undefined>>, raw: Buffer): VerifiedBody | null;
  identify(headers: Readonly<Record<string, string | string[] | undefined>>, body: VerifiedBody): Identity;
  identifyAgain(event: string | null, body: Buffer): Identity;
  prepare(event: string, body: Buffer): Preparation;
  envelope(facts: EnvelopeFacts, body: Buffer): Buffer;
}

export function createSource(options: SourceOptions): Source {
  const { backend, environment, contract, call, now } = options;
  const { verify, event_name, read } = contract.source;
  const verifier = createVerifier(verify, options.secrets);
  const check = createPayloadCheck(contract);
  const access =
    options.read && read
      ? { base_url: options.read.base_url, headers: { [read.auth.header]: options.read.credential } }
      : null;
  return {
    backend,
    contract,
    access,
    hasSecret: options.secrets.length > 0,
    verify: (headers, raw) => verifier(single(headers[verify.header]), raw),
    identify: (headers, body) => identify(contract, single(headers[event_name.header]), body),
    identifyAgain: (event, body) => identify(contract, event ?? undefined, body),
    prepare: (event, body) => {
      const rule = contract.events[event];
      // Stored under an older contract that knew it.
      if (rule === undefined)
        return { kind: 'held', reason: 'unknown_event', message: 'the contract has no such event' };
      const payload = parseJson(body);
      const problem = check(event, payload);
      if (problem !== null) return { kind: 'held', reason: 'schema', message: problem };
      if (!needsFetch(rule, payload)) return { kind: 'ready' };
      return { kind: 'fetch', run: () => runFetchPlan(rule, payload, access, call, now) };
    },
    envelope: (facts, body) => buildEnvelope(contract, backend, environment, facts, body),
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
