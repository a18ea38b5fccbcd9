import type { RequestHandler } from 'express';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import { STATES, type Spool } from '../spool/types.ts';
import type { DeliveryStatus } from '../status.ts';
import { sendJson } from './errors.ts';

export interface HealthDeps {
  backends: readonly string[];
  spool: Spool;
  clock: Clock;
  metrics: Metrics;
  status: (backend: string) => DeliveryStatus;
  /** Of the outbox; null where nothing is written to the product. */
  writes?: (backend: string) => DeliveryStatus | null;
}

/** Odoo may be away this long (an upgrade, a restart) before readiness says so: callbacks are accepted meanwhile anyway. */
export const TOLERATED_OUTAGE_MS = 5 * 60_000;

export const live: RequestHandler = (_req, res) => {
  sendJson(res, 200, { status: 'live' });
};

/** 200 when the spool takes a write and every backend gets its deliveries through, else 503 with the reasons. */
export function ready(deps: HealthDeps): RequestHandler {
  return async (_req, res) => {
    const reasons: string[] = [];
    try {
      await deps.spool.setMark('ready', String(deps.clock.now()));
    } catch {
      reasons.push('spool: cannot be written');
    }
    for (const backend of deps.backends) {
      for (const { state, reason, since } of [deps.status(backend), deps.writes?.(backend) ?? []].flat()) {
        const overdue = since !== null && deps.clock.now() - since > TOLERATED_OUTAGE_MS;
        if (state === 'blocked' || state === 'stopped' || overdue)
          reasons.push(`${backend}: ${state}: ${reason ?? 'no reason given'}`);
      }
    }
    sendJson(res, reasons.length === 0 ? 200 : 503, {
      status: reasons.length === 0 ? 'ready' : 'not_ready',
      reasons,
    });
  };
}

export function metricsPage(deps: HealthDeps): RequestHandler {
  return async (_req, res) => {
    const { metrics, spool, clock } = deps;
    for (const backend of deps.backends) {
      const counts = spool.counts(backend);
      for (const state of STATES) metrics.depth.set({ backend, state }, counts[state]);
      const oldest = spool.oldestPending(backend);
      metrics.oldest.set({ backend }, oldest === null ? 0 : Math.max(0, clock.now() - oldest) / 1_000);
      metrics.writesBlocked.set({ backend }, deps.writes?.(backend)?.state === 'blocked' ? 1 : 0);
      metrics.blocked.set({ backend }, deps.status(backend).state === 'blocked' ? 1 : 0);
    }
    const text = await metrics.registry.metrics();
    res.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
  };
}
