import type { Request, RequestHandler, Response } from 'express';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { SpoolError } from '../errors.ts';
import type { HandshakeReply } from '../sources/handshake.ts';
import { callbackRequest, type CallbackRequest } from '../sources/request.ts';
import type { OpenedEvent, Source } from '../sources/source.ts';
import type { Verified } from '../sources/verify.ts';
import type { AcceptStatus, Spool } from '../spool/types.ts';
import { readBody } from './body.ts';
import { refuse, refuseUnstored, type Refusal } from './errors.ts';

export interface CallbackDeps {
  sources: ReadonlyMap<string, Source>;
  spool: Spool;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** Called after something new was stored. */
  wake: (backend: string) => void;
  /** True while the process goes down: connections are closed after their answer. */
  draining: () => boolean;
}

/** What a contract may ask for unless it says otherwise. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = /^application\/(?:json|[a-z0-9.+-]+\+json)\s*(?:;|$)/i;

/** Refusals in order of cost; then store, then answer. 2xx says: it is on the disk. */
export function callbacks(deps: CallbackDeps): RequestHandler {
  return async (req, res) => {
    const source = deps.sources.get(String(req.params['backend']));
    if (source === undefined) {
      refuseCallback(deps, res, 'unknown_backend');
      return;
    }
    const request = requestOf(req, source);
    const early = source.takes(req.method) ? source.handshake(request, null, false) : null;
    if (early !== null) {
      reply(deps, res, source, early);
      return;
    }
    const refusal = refuseByHead(req, source);
    if (refusal !== null) {
      refuseCallback(deps, res, refusal, source);
      return;
    }
    const read = await readBody(req, source.accept.max_body_bytes);
    if (read.kind === 'aborted') return;
    if (read.kind === 'too_large') {
      refuseCallback(deps, res, 'too_large', source);
      return;
    }
    await take(deps, res, source, request, read.body);
  };
}

async function take(
  deps: CallbackDeps,
  res: Response,
  source: Source,
  request: CallbackRequest,
  raw: Buffer,
): Promise<void> {
  const verified = source.verify(request, raw);
  const asked = source.handshake(request, raw, verified !== null);
  if (asked !== null) {
    reply(deps, res, source, asked);
    return;
  }
  if (!source.accept.methods.includes(request.method)) {
    refuseCallback(deps, res, 'method_not_allowed', source);
    return;
  }
  const events = verified && source.open(request, verified);
  if (verified === null || events === null) {
    refuseCallback(deps, res, 'bad_signature', source);
    return;
  }
  try {
    await store(deps, res, source, verified, events);
  } catch (error) {
    if (!(error instanceof SpoolError)) throw error;
    refuseUnstored(res, deps.log, error, source.accept.answers.overloaded);
  }
}

async function store(
  deps: CallbackDeps,
  res: Response,
  source: Source,
  verified: Verified,
  events: readonly OpenedEvent[],
): Promise<void> {
  const received_at = deps.clock.now();
  const deliveries = events.map(({ identity, body, context }) => {
    return { ...identity, backend: source.backend, origin: 'callback' as const, received_at, body, context };
  });
  const tokens = verified.tokens.map((token) => ({ ...token, backend: source.backend }));
  const statuses = await deps.spool.acceptAll(deliveries, tokens, verified.body);
  if (statuses === null) {
    refuseCallback(deps, res, 'token_used', source);
    return;
  }
  for (const [index, status] of statuses.entries()) {
    const identity = events[index]?.identity;
    report(deps, source.backend, identity?.event_id ?? '', status, identity?.held?.reason);
  }
  const best = (['accepted', 'held', 'duplicate'] as const).find((status) => statuses.includes(status));
  answer(res, deps.draining(), source, events, best ?? 'accepted');
}

function requestOf(req: Request, source: Source): CallbackRequest {
  const at = req.originalUrl.indexOf('?');
  const path = at < 0 ? req.originalUrl : req.originalUrl.slice(0, at);
  const rest = path.split('/').slice(3).join('/'); // after /callbacks/<backend>
  const facts = { method: req.method, headers: req.headers, address: addressOf(req, source) };
  return callbackRequest(
    facts,
    rest === '' ? '' : `/${rest}`,
    at < 0 ? '' : req.originalUrl.slice(at),
    source.publicUrl,
  );
}

/** A proxy adds the address it saw at the end; what stands before may be anybody's invention. */
function addressOf(req: Request, { addressHeader }: Source): string {
  if (addressHeader === null) return req.socket.remoteAddress ?? '';
  const said = req.headers[addressHeader];
  return (typeof said === 'string' ? said : '').split(',').at(-1)?.trim() ?? '';
}

function refuseByHead(req: Request, source: Source): Refusal | null {
  if (!source.takes(req.method)) return 'method_not_allowed';
  if (!source.accept.methods.includes(req.method)) return null;
  const { 'content-type': type, 'content-encoding': encoding } = req.headers;
  if (type === undefined || !JSON_TYPE.test(type)) return 'not_json';
  if (encoding !== undefined && encoding !== 'identity') return 'not_json';
  return null;
}

function refuseCallback(deps: CallbackDeps, res: Response, refusal: Refusal, source?: Source): void {
  deps.metrics.refused.inc({ reason: refusal });
  deps.log.warn('callback_refused', { reason: refusal, ...(source ? { backend: source.backend } : {}) });
  if (refusal === 'method_not_allowed' && source) res.setHeader('allow', source.accept.methods.join(', '));
  refuse(res, refusal, source?.accept.answers);
}

function reply(
  deps: CallbackDeps,
  res: Response,
  source: Source,
  { status, headers, body }: HandshakeReply,
): void {
  deps.log.info('handshake', { backend: source.backend });
  // An unread body would be taken for the next request.
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' });
  res.end(body);
}

function report(
  deps: CallbackDeps,
  backend: string,
  eventId: string,
  status: string,
  reason: string | undefined,
): void {
  const { metrics, log } = deps;
  if (status === 'duplicate') metrics.duplicates.inc({ backend, origin: 'callback' });
  else metrics.accepted.inc({ backend, origin: 'callback' });
  if (status === 'accepted') {
    deps.wake(backend);
    return;
  }
  if (status !== 'held' || reason === undefined) return;
  metrics.held.inc({ backend, reason });
  log.warn('delivery_held', { backend, event_id: eventId, reason });
}

/** Written by hand: this is the path that has to keep up with a storm of callbacks. Ids and statuses need no escaping. */
function answer(
  res: Response,
  draining: boolean,
  source: Source,
  events: readonly OpenedEvent[],
  status: AcceptStatus,
): void {
  const id = events[0]?.identity.event_id ?? '';
  const count = events.length === 1 ? '' : `,"events":${events.length}`;
  const body = `{"id":"${id}","status":"${status}"${count}}`;
  const code = source.accept.answers[status];
  const headers: Record<string, string | number> =
    code === 204 ? {} : { 'content-type': 'application/json', 'content-length': body.length };
  if (draining) headers['connection'] = 'close';
  res.writeHead(code, headers);
  res.end(code === 204 ? undefined : body);
}
