import { say } from '../scripts/odoo/index.ts';
import { isQuick, median } from './measure.ts';
import { ensureSeeded, withCopy } from './odoo/databases.ts';
import { readDurability } from './odoo/durability.ts';
import { WORK_ORDERS } from './posting/events.ts';
import { ensurePeerDatabase, ensureQueueJob, type QueueJob } from './queue-job/database.ts';
import { measurePeer, type PeerRates } from './queue-job/peer.ts';
import { CHANNELS, FULL, ORDERS, QUICK, type Size } from './queue-job/sizes.ts';
import { measureSubject, type SubjectRates } from './queue-job/subject.ts';

/*
 * Our runner against OCA's queue_job, both as they run in production: on a prefork server, started by what starts them there. Items with
 * nothing to do, and stock moves. Each number of parallel jobs has a server and a copy of its own; the best counts.
 */
interface Round {
  subject: SubjectRates;
  /** By number of parallel jobs. */
  peers: Map<number, PeerRates>;
}
type Databases = Record<'subject' | 'peer', string>;
type Contestant = 'subject' | (typeof CHANNELS)[number];

/** Prints one JSON line; throws when an end state is not what was sent. No limit is set, so none is judged. */
export async function run(args: readonly string[] = []): Promise<void> {
  const size = isQuick(args) ? QUICK : FULL;
  const queueJob = await ensureQueueJob();
  const subject = await ensureSeeded({ orders: [...WORK_ORDERS, ...ORDERS] });
  const databases = { subject, peer: await ensurePeerDatabase(subject, queueJob) };
  const durability = await readDurability();
  const rounds: Round[] = [];
  for (let round = 1; round <= size.rounds; round += 1)
    rounds.push(await measureRound(databases, queueJob, size, round));
  const result = { ...summarise(rounds, size), queue_job: queueJob.version, ...durability };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Every second round backwards. */
async function measureRound(
  databases: Databases,
  queueJob: QueueJob,
  size: Size,
  round: number,
): Promise<Round> {
  const found: Round = { subject: { nothing: 0, move: 0 }, peers: new Map() };
  const order: Contestant[] = ['subject', ...CHANNELS];
  for (const name of round % 2 === 1 ? order : order.toReversed()) {
    if (name === 'subject') {
      found.subject = await withCopy(databases.subject, (db) => measureSubject(db, size));
    } else {
      const rates = await withCopy(databases.peer, (db) => measurePeer(db, queueJob, name, size));
      found.peers.set(name, rates);
    }
    const rates = name === 'subject' ? found.subject : found.peers.get(name);
    say(
      `round ${round}/${size.rounds} ${labelOf(name)}, per second: ${JSON.stringify(rounded(rates ?? {}))}`,
    );
  }
  return found;
}

function labelOf(name: Contestant): string {
  return name === 'subject' ? name : `queue_job_${name}`;
}

function summarise(rounds: readonly Round[], size: Size): Record<string, unknown> {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const best = (round: Round, work: 'nothing' | 'transfer' | 'move'): number =>
    Math.max(...[...round.peers.values()].map((rates) => rates[work]));
  const peer = (round: Round, channels: number, what: keyof PeerRates): number =>
    round.peers.get(channels)?.[what] ?? Number.NaN;
  const whats = ['nothing', 'transfer', 'move', 'retries'] as const;
  const peerRates = (channels: number): Record<string, number> =>
    Object.fromEntries(whats.map((what) => [what, middle((round) => peer(round, channels, what))]));
  return {
    bench: 'queue-job',
    subject_per_s: rounded({
      nothing: middle(({ subject }) => subject.nothing),
      move: middle(({ subject }) => subject.move),
    }),
    peers: Object.fromEntries(CHANNELS.map((count) => [labelOf(count), rounded(peerRates(count))])),
    ratios: rounded(
      {
        nothing: middle((round) => round.subject.nothing / best(round, 'nothing')),
        transfer: middle((round) => round.subject.move / best(round, 'transfer')),
        move: middle((round) => round.subject.move / best(round, 'move')),
      },
      3,
    ),
    ...size,
  };
}

function rounded(numbers: object, digits = 1): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, Number(Number(value).toFixed(digits))]),
  );
}
