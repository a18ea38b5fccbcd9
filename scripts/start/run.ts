import { step } from '../odoo/index.ts';
import { generateShift } from '../shift/index.ts';
import { drain, type Standing } from './drain.ts';
import type { Line } from './line.ts';
import { ProgressLine } from './progress-line.ts';
import { buildReport, type Report } from './report.ts';

export interface RunOptions {
  seed: number;
  workOrders: number;
  startedAt: number;
}

const CONNECTIONS = 6;
const DRAIN_MS = 120_000;

/** Plays the recordings and a shift through the line, shows a hold and its release, and says what came of it. */
export async function playShift(line: Line, options: RunOptions): Promise<Report> {
  const shift = generateShift({ seed: options.seed, workOrders: options.workOrders });
  const progress = new ProgressLine();
  const total = line.samples.length + shift.deliveries.length;
  let posted = 0;
  const onSent = (): void => {
    progress.show(`${(posted += 1)} of ${total} callbacks sent`);
  };
  const onLook = ({ spool, inbox }: Standing): void => {
    progress.show(
      `${spool.pending} in the sidecar · ${inbox.open} to do in Odoo · ${inbox.done} done · ${inbox.held} held`,
    );
  };
  const settle = async (): Promise<Standing> => {
    const standing = await drain(line.rpc, line.sidecar, { timeoutMs: DRAIN_MS, onLook });
    progress.clear();
    return standing;
  };
  await step(
    `Playing ${line.samples.length} recorded callbacks and a shift of ${shift.deliveries.length}`,
    async () => {
      await line.cmms.replay(line.samples, onSent);
      await line.cmms.work(shift.deliveries, CONNECTIONS, onSent);
    },
  );
  const before = await step('Working them off', settle);
  const after = await step(
    'A machine that work orders name is made known late: what waited for it goes on',
    async () => {
      await line.cmms.work(shift.late, 1);
      return settle();
    },
  );
  return buildReport(line, before.inbox.held - after.inbox.held, options.startedAt);
}
