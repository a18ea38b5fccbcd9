import type { AcceptRule, Contract } from '../contract.ts';
import type { HttpCall } from '../http-client.ts';
import { buildEnvelope, type EnvelopeFacts } from './envelope.ts';
import { createEventNames } from './event-name.ts';
import { needsFetch, runFetchPlan, type Fetched, type Said } from './fetch-plan.ts';
import { answerHandshake, asks, type HandshakeReply } from './handshake.ts';
import {
  heldIdentity,
  identify,
  identifyPayload,
  parseJson,
  type Context,
  type Identity,
} from './identify.ts';
import { limited } from './rate-limit.ts';
import { authorised, readAccess, type ReadOptions } from './read-auth.ts';
import { movesWhatIsRead } from './movements.ts';
import type { ReadAccess } from './read-call.ts';
import { headerOf, type CallbackRequest } from './request.ts';
import { createSplitter, type Piece } from './split.ts';
import { createPayloadCheck } from './validate.ts';
import { createWriting, type Writing } from './writing.ts';
import { createVerifier, type CallbackSecret, type Verified } from './verify.ts';

export interface SourceOptions {
  backend: string;
  environment: string;
  contract: Contract;
  /** A text alone is a secret for everything, for good. */
  secrets: readonly (string | CallbackSecret)[];
  read: ReadOptions | null;
  /** What may write; left out: nothing is written. */
  write?: ReadOptions | null;
  /** Under which address the sender reaches `/callbacks/<backend>`; for signatures over it. */
  publicUrl?: string | null;
  /** A header in which an own proxy says where a call came from. */
  addressHeader?: string | null;
  call: HttpCall;
  now: () => number;
  /** Waits for the budget of calls; needed where something is written. */
  pause?: (ms: number) => Promise<void>;
}

/** A delivery as it is stored: its body, and JSON text of what it says beside it. */
export interface Stored {
  body: Buffer;
  context: string | null;
}

/** What must happen to a stored delivery before it can be sent. */
export type Preparation =
  | { kind: 'ready' }
  | { kind: 'fetch'; run: (newer: () => Stored[]) => Promise<Fetched> }
  | { kind: 'held'; reason: string; message: string };

/** One event of a delivery, ready to be stored. */
export interface OpenedEvent {
  identity: Identity;
  body: Buffer;
  /** JSON text, or null when there is nothing beside the body. */
  context: string | null;
}

/** One backend's product, as its contract describes it. */
export interface Source {
  readonly backend: string;
  readonly contract: Contract;
  readonly access: ReadAccess | null;
  /** Makes a read: with what the product wants for a credential, within its limits. */
  readonly call: HttpCall;
  /** Null when nothing is written to the product. */
  readonly writing: Writing | null;
  readonly hasSecret: boolean;
  readonly accept: AcceptRule;
  readonly publicUrl: string | null;
  readonly addressHeader: string | null;
  /** Whether a request of this method may be meant for us. */
  takes(method: string): boolean;
  verify(request: CallbackRequest, raw: Buffer): Verified | null;
  /** The answer to a question of the sender; null when it asked none. `raw` is null before the body is read. */
  handshake(request: CallbackRequest, raw: Buffer | null, verified: boolean): HandshakeReply | null;
  /** The events in order; null when what proved the delivery may not speak for one of them. */
  open(request: CallbackRequest, verified: Verified): OpenedEvent[] | null;
  identifyAgain(event: string | null, body: Buffer, context?: string | null): Identity;
  prepare(event: string, body: Buffer, context?: string | null): Preparation;
  envelope(facts: EnvelopeFacts, body: Buffer): Buffer;
}

export function createSource(options: SourceOptions): Source {
  const { backend, environment, contract, now } = options;
  const { accept, verify, event_name, handshakes, read } = contract.source;
  const secrets = options.secrets.map(asSecret);
  const verifier = createVerifier(verify, secrets, now);
  const names = createEventNames(event_name);
  const split = createSplitter(contract.source);
  const signed = signedHeaders(verify);
  const check = createPayloadCheck(contract);
  const methods = new Set([...accept.methods, ...handshakes.flatMap(({ when }) => when.method ?? [])]);
  const access = options.read && read ? readAccess(read, options.read) : null;
  // one budget for reads and writes: the product counts both
  const within = read ? limited(read.limits, options.call, now) : options.call;
  const call = options.read && read ? authorised(read, options.read, within, now) : options.call;
  const { write = null, pause = () => Promise.resolve() } = options;
  const openPiece = (request: CallbackRequest, piece: Piece): OpenedEvent => {
    const scopes = { event: piece.payload, fetched: {}, ...piece.context };
    const event = names.full(request, scopes);
    return { identity: identityOf(contract, event, piece), body: piece.raw, context: textOf(piece.context) };
  };
  return {
    backend,
    contract,
    access,
    call,
    writing: createWriting({ contract, write, call: within, now, pause }),
    hasSecret: secrets.length > 0,
    accept,
    publicUrl: options.publicUrl ?? null,
    addressHeader: options.addressHeader ?? null,
    takes: (method) => methods.has(method),
    verify: (request, raw) => verifier(request, raw, names.early(request) ?? null),
    handshake: (request, raw, verified) => {
      const now = handshakes.filter(
        ({ unverified, when }) => (unverified || verified) && (raw !== null || when.path === undefined),
      );
      if (now.length === 0) return null;
      const payload = raw === null ? undefined : parseJson(raw);
      for (const handshake of now) {
        if (!asks(handshake, request, payload)) continue;
        const reply = answerHandshake(handshake, request, payload, verify);
        if (reply !== null) return reply;
      }
      return null;
    },
    open: (request, verified) => {
      const { body } = verified;
      const pieces = split?.(request, body) ?? [
        { raw: body, payload: parseJson(body), context: {}, problem: null },
      ];
      const header = signed === null ? {} : { header: headersOf(request, signed) };
      const events = pieces.map((piece) =>
        openPiece(request, { ...piece, context: { ...piece.context, ...header } }),
      );
      return events.every(({ identity }) => verified.speaksFor(identity.event)) ? events : null;
    },
    identifyAgain: (event, body, context = null) =>
      identify(contract, event ?? undefined, body, contextOf(context)),
    prepare: (event, body, text = null) => {
      const rule = contract.events[event];
      // Stored under an older contract that knew it.
      if (rule === undefined)
        return { kind: 'held', reason: 'unknown_event', message: 'the contract has no such event' };
      const payload = parseJson(body);
      const problem = check(event, payload);
      if (problem !== null) return { kind: 'held', reason: 'schema', message: problem };
      const context = contextOf(text);
      if (!needsFetch(rule, payload, context)) return { kind: 'ready' };
      const run = (newer: () => Stored[]) => {
        const said = () => (movesWhatIsRead(contract, event) ? [] : newer().map(whatIsSaid));
        return runFetchPlan(rule, payload, access, call, now, context, said);
      };
      return { kind: 'fetch', run };
    },
    envelope: (facts, body) => buildEnvelope(contract, backend, environment, facts, body),
  };
}

/** The headers that are signed, where a token among them counts once and so tells one delivery from another; else null. */
function signedHeaders(schemes: Contract['source']['verify']): string[] | null {
  const names = schemes.flatMap((scheme) =>
    'message' in scheme && scheme.once !== null
      ? scheme.message.flatMap((part) => (typeof part === 'object' && 'header' in part ? part.header : []))
      : [],
  );
  return names.length === 0 ? null : names;
}

function headersOf(request: CallbackRequest, names: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(names.map((name) => [name, headerOf(request, name)]));
}

/** As `identify`, without parsing again. */
function identityOf(contract: Contract, event: string | undefined, piece: Piece): Identity {
  const { raw, payload, context, problem } = piece;
  if (payload === undefined) return heldIdentity(event, raw, 'invalid_json', 'the body is not JSON in UTF-8');
  if (problem !== null) return heldIdentity(event, raw, 'not_separable', problem);
  const rule =
    event !== undefined && Object.hasOwn(contract.events, event) ? contract.events[event] : undefined;
  if (event === undefined || rule === undefined)
    return heldIdentity(event, raw, 'unknown_event', 'the contract has no such event');
  return identifyPayload(event, rule, payload, raw, context);
}

function asSecret(secret: string | CallbackSecret): CallbackSecret {
  return typeof secret === 'string' ? { text: secret, name: null, event: null, until: null } : secret;
}

function whatIsSaid({ body, context }: Stored): Said {
  return { payload: parseJson(body), context: contextOf(context) };
}

function textOf(context: Record<string, unknown>): string | null {
  return Object.keys(context).length === 0 ? null : JSON.stringify(context);
}

function contextOf(text: string | null): Context {
  return text === null ? {} : (JSON.parse(text) as Context);
}
