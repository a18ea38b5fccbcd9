import { expect } from 'chai';
import { generateShift, type Delivery } from '../../scripts/shift/index.ts';
import { Random } from '../../scripts/shift/random.ts';
import { drain } from '../../scripts/start/drain.ts';
import type { Line } from '../../scripts/start/line.ts';
import { pause } from '../helpers/wait.ts';

const COMPLETE = { withLateAsset: false, withUnboundPart: false };

/** A seed that is new for each run and can be set to see a run again (the moments of the kernel stay its own). */
export function crashSeed(): number {
  const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
  process.stderr.write(`    CRASH_SEED=${seed}\n`);
  return seed;
}

/** One shift of a day of its own, of complete data only. */
export function shiftOfDay(
  day: number,
  seed: number,
  workOrders: number,
  firstWorkOrder: number,
): Delivery[] {
  const start = Date.UTC(2026, 9, 1 + day, 6);
  return generateShift({ seed: seed + day, workOrders, firstWorkOrder, start, ...COMPLETE }).deliveries;
}

/** Shifts one after the other, never the same work order twice: load for as long as it is asked for. */
export function* endlessShifts(seed: number, workOrders: number): Generator<Delivery[]> {
  for (let round = 0; ; round += 1) {
    const firstWorkOrder = 10_000 + round * workOrders;
    const start = Date.UTC(2026, 8, 10 + round, 6);
    yield generateShift({ seed: seed + round, workOrders, firstWorkOrder, start, ...COMPLETE }).deliveries;
  }
}

export interface Pace {
  connections: number;
  /** Callbacks sent at once, and the longest pause after them. */
  portion: number;
  pauseMs: number;
}

/** Sends shifts in small portions until `enough` says so; resolves when all that was begun is accepted. */
export async function sendUntil(line: Line, seed: number, pace: Pace, enough: () => boolean): Promise<void> {
  const random = new Random(seed);
  for (const deliveries of endlessShifts(seed, 30)) {
    for (let from = 0; from < deliveries.length;) {
      if (enough()) return;
      const portion = random.integer(1, pace.portion);
      await line.cmms.work(deliveries.slice(from, from + portion), pace.connections);
      from += portion;
      await pause(random.integer(0, pace.pauseMs));
    }
  }
}

/** Waits until nothing moves, then lets the ledger judge: nothing lost, nothing double, to the unit. */
export async function expectNothingLostOrDouble(line: Line, timeoutMs = 240_000): Promise<void> {
  await drain(line.rpc, line.sidecar, { timeoutMs, patient: true });
  const { sent } = line.cmms.sender;
  expect(sent.filter((callback) => !callback.accepted)).to.deep.equal([]);
  const audit = await line.audit();
  expect(audit.findings).to.deep.equal([]);
  expect(audit).to.include({ lost: 0, double: 0, wrongStock: 0, may: 0 });
  expect(audit.posted).to.equal(audit.must);
  expect(audit.moves).to.equal(audit.must);
  const tries = sent.reduce((sum, callback) => sum + callback.attempts.length, 0);
  const unanswered = sent
    .flatMap((callback) => callback.attempts)
    .filter((attempt) => attempt.status === null).length;
  process.stderr.write(
    `    ${sent.length} callbacks, ${tries} tries, ${unanswered} unanswered; ${audit.moves} moves for ${audit.must} operations\n`,
  );
}
