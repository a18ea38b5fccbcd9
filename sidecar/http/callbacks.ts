import type { Request, RequestHandler, Response } from 'express';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Source } from '../sources/source.ts';
import type { Spool } from '../spool/types.ts';
import { readBody } from './body.ts';
import { refuse, type Refusal } from './errors.ts';

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

export const MAX_BODY_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = /^application\/(?:json|[a-z0-9.+-]+\+json)\s*(?:;|$)/i;

/** Refusals in order of cost; then store, then answer. 202 says: it is on the disk. */
export function callbacks(deps: CallbackDeps): RequestHandler {
  return async (req, res) => {
    const source = deps.sources.get(String(req.params['backend']));
    const early = source === undefined ? 'unknown_backend' : refuseByHead(req);
    if (source === undefined || early !== null) {
      refuseCallback(deps, res, early ?? 'unknown_backend');
      return;
    }
    const read = await readBody(req, MAX_BODY_BYTES);
    if (read.kind === 'aborted') return;
    if (read.kind === 'too_large') {
      refuseCallback(deps, res, 'too_large');
      return;
    }
    const body = source.verify(req.headers, read.body);
    if (body === null) {
      refuseCallback(deps, res, 'bad_signature');
      return;
    }
    const { held, ...identity } = source.identify(req.headers, body);
    const facts = {
      ...identity,
      held,
      backend: source.backend,
      origin: 'callback' as const,
      received_at: deps.clock.now(),
      body,
    };
    const status = await deps.spool.accept(facts);
    report(deps, source.backend, identity.event_id, status, held?.reason);
    answer(res, deps.draining(), identity.event_id, status);
  };
}

function refuseByHead(req: Request): Refusal | null {
  if (req.method !== 'POST') return 'method_not_allowed';
  const { 'content-type': type, 'content-encoding': encoding } = req.headers;
  if (type === undefined || !JSON_TYPE.test(type)) return 'not_json';
  if (encoding !== undefined && encoding !== 'identity') return 'not_json';
  return null;
}

function refuseCallback(deps: CallbackDeps, res: Response, refusal: Refusal): void {
  deps.metrics.refused.inc({ reason: refusal });
  deps.log.warn('callback_refused', { reason: refusal });
  refuse(res, refusal);
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
function answer(res: Response, draining: boolean, id: string, status: string): void {
  const body = `{"id":"${id}","status":"${status}"}`;
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': body.length,
  };
  if (draining) headers['connection'] = 'close';
  res.writeHead(202, headers);
  res.end(body);
}
