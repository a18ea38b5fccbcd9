import { createHash, timingSafeEqual } from 'node:crypto';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { STATES, type Counts, type Delivery, type Spool } from '../spool/types.ts';
import type { ReadOutcome } from '../status.ts';
import { sendJson } from './errors.ts';

export interface AdminDeps {
  token: string;
  backends: readonly string[];
  spool: Spool;
  clock: Clock;
  log: Logger;
  wake: (backend: string) => void;
  /** Null when no backend has a read of that name. */
  runRead: (name: string) => Promise<ReadOutcome[]> | null;
}

const LIST_LIMIT = 1_000;

/** For operators and scripts, on its own port. It shows what is known about deliveries, never what is in them. */
export function adminRoutes(deps: AdminDeps): Router {
  const router = Router();
  router.use(bearer(deps.token));
  router.get('/summary', (_req, res) => {
    sendJson(res, 200, summary(deps));
  });
  router.get('/deliveries', (req, res) => {
    const state = STATES.find((known) => known === req.query['state']);
    if (req.query['state'] !== undefined && state === undefined) {
      sendJson(res, 400, {
        error: { code: 'unknown_state', message: `Expected one of ${STATES.join(', ')}` },
      });
      return;
    }
    const backend = text(req, 'backend');
    const limit = Math.min(Number(text(req, 'limit') ?? 100) || 100, LIST_LIMIT);
    const rows = deps.spool.list({ limit, ...(state ? { state } : {}), ...(backend ? { backend } : {}) });
    sendJson(res, 200, { deliveries: rows.map(view) });
  });
  router.post('/deliveries/:id/redrive', redrive(deps));
  router.post('/reads/:name/run', async (req, res) => {
    const run = deps.runRead(req.params.name);
    if (run === null) {
      sendJson(res, 404, { error: { code: 'unknown_read', message: 'No backend has such a read' } });
      return;
    }
    sendJson(res, 200, { reads: await run });
  });
  return router;
}

function redrive(deps: AdminDeps): RequestHandler {
  return async (req, res) => {
    const id = String(req.params['id']);
    const only = text(req, 'backend');
    const backends = deps.backends.filter((backend) => only === undefined || only === backend);
    let moved = false;
    for (const backend of backends) {
      if (!(await deps.spool.redrive(backend, id, deps.clock.now()))) continue;
      moved = true;
      deps.log.info('delivery_redriven', { backend, event_id: id });
      deps.wake(backend);
    }
    if (moved) sendJson(res, 200, { id, status: 'pending' });
    else if (backends.some((backend) => deps.spool.find(backend, id))) refuse(res, 409, 'not_waiting');
    else refuse(res, 404, 'unknown_delivery');
  };
}

const MESSAGES = {
  unknown_delivery: 'No delivery has this id',
  not_waiting: 'Only held and dead deliveries can be redriven',
} as const;

function refuse(res: Response, status: number, code: keyof typeof MESSAGES): void {
  sendJson(res, status, { error: { code, message: MESSAGES[code] } });
}

function summary(deps: AdminDeps): { backends: Record<string, Counts & { received: number }> } {
  const entries = deps.backends.map((backend) => {
    const counts = deps.spool.counts(backend);
    const received = STATES.reduce((sum, state) => sum + counts[state], 0);
    return [backend, { received, ...counts }] as const;
  });
  return { backends: Object.fromEntries(entries) };
}

function view(row: Delivery): Record<string, unknown> {
  const date = (ms: number | null) => (ms === null || ms === 0 ? null : new Date(ms).toISOString());
  return {
    seq: row.seq,
    backend: row.backend,
    event_id: row.event_id,
    event: row.event,
    origin: row.origin,
    subject: row.subject,
    lane: row.lane,
    time: date(row.time),
    received_at: date(row.received_at),
    state: row.state,
    reason: row.reason,
    last_error: row.last_error,
    attempts: row.attempts,
    next_attempt_at: row.state === 'pending' ? date(row.next_attempt_at) : null,
    finished_at: date(row.finished_at),
    duplicates: row.duplicates,
    fetched: row.fetched !== null,
    answer: row.answer === null ? null : (JSON.parse(row.answer) as unknown),
  };
}

function bearer(token: string): RequestHandler {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  const expected = digest(`Bearer ${token}`);
  return (req, res, next) => {
    if (timingSafeEqual(digest(req.headers.authorization ?? ''), expected)) {
      next();
      return;
    }
    res.setHeader('www-authenticate', 'Bearer');
    sendJson(res, 401, {
      error: { code: 'unauthorized', message: 'Send the admin token as a bearer token' },
    });
  };
}

function text(req: Request, name: string): string | undefined {
  const value = req.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
