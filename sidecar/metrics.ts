import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** One registry per process part, made where the parts are put together: tests make their own. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `millwright_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `millwright_${name}`, help, labelNames, registers });
  return {
    registry,
    accepted: counter('accepted_total', 'Deliveries stored for the first time', ['backend', 'origin']),
    duplicates: counter('duplicates_total', 'Deliveries of an event that is stored already', [
      'backend',
      'origin',
    ]),
    held: counter('held_total', 'Deliveries that wait for a person', ['backend', 'reason']),
    dead: counter('dead_total', 'Deliveries given up', ['backend', 'reason']),
    refused: counter('refused_total', 'Callbacks refused', ['reason']),
    delivered: counter('delivered_total', 'Deliveries that Odoo has answered for', ['backend', 'status']),
    fetchRetries: counter('fetch_retries_total', 'Reads to be made again', ['backend', 'reason']),
    reads: counter('scheduled_reads_total', 'Scheduled reads by how they ended', [
      'backend',
      'read',
      'outcome',
    ]),
    leases: counter('outbox_leases_total', 'Looks into the outbox of Odoo by how they ended', [
      'backend',
      'outcome',
    ]),
    writes: counter('writes_total', 'Records written to the product by how that ended', [
      'backend',
      'flow',
      'outcome',
    ]),
    settled: counter('outbox_settled_total', 'Results that Odoo has taken, or that came too late', [
      'backend',
      'status',
    ]),
    writesBlocked: gauge('writes_blocked', '1 while Odoo or the product refuses to let us write', [
      'backend',
    ]),
    depth: gauge('deliveries', 'Deliveries in the spool', ['backend', 'state']),
    oldest: gauge('oldest_pending_seconds', 'Age of the oldest pending delivery', ['backend']),
    blocked: gauge('backend_blocked', '1 while Odoo refuses the backend (key, address, environment)', [
      'backend',
    ]),
    groupSize: new Histogram({
      name: 'millwright_commit_group_size',
      help: 'Writes that shared one commit',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'millwright_commit_seconds',
      help: 'Duration of a commit with its fsync',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'millwright_batch_seconds',
      help: 'Duration of a batch sent to Odoo',
      labelNames: ['backend', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
