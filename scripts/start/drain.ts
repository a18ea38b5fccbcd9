import type { OdooClient } from '../odoo/index.ts';
import type { SpoolCounts } from './sidecar.ts';

/** What is asked of a sidecar here. */
export interface Spool {
  readonly backendCode: string;
  counts(): Promise<SpoolCounts>;
}

/** Messages by state, and the commands among them that still wait for their turn. */
export type InboxCounts = Record<State | 'open', number>;
type State = (typeof STATES)[number];
const STATES = ['pending', 'processing', 'held', 'done', 'ignored', 'dead'] as const;

export interface Standing {
  spool: SpoolCounts;
  inbox: InboxCounts;
}

export interface DrainOptions {
  timeoutMs: number;
  pollMs?: number;
  onLook?: (standing: Standing) => void;
  /** Looks again after an error: while processes are being killed. */
  patient?: boolean;
}

export class NotDrainedError extends Error {
  override name = 'NotDrainedError';
}

/** Where everything of the sidecar's backend stands; other backends of the same Odoo do not count. */
export async function look(odoo: OdooClient, sidecar: Spool): Promise<Standing> {
  const spool = await sidecar.counts(); // the spool first: what leaves it meanwhile is seen in the inbox
  const messages = await countStates(odoo, sidecar.backendCode, ['parent_id', '=', false]);
  const commands = await countStates(odoo, sidecar.backendCode, ['child_ids', '=', false]);
  return { spool, inbox: { ...messages, open: commands.pending + commands.processing } };
}

async function countStates(
  odoo: OdooClient,
  backend: string,
  which: unknown[],
): Promise<Record<State, number>> {
  const domain = [['backend_id.code', '=', backend], which];
  const args = [domain, ['state'], ['__count']];
  const groups = await odoo.call('millwright.inbox', 'formatted_read_group', args);
  const counts = new Map(
    (groups as { state: string; __count: number }[]).map((group) => [group.state, group.__count]),
  );
  return Object.fromEntries(STATES.map((state) => [state, counts.get(state) ?? 0])) as Record<State, number>;
}

/** So often in a row nothing may move: what waited for a record is held until the runner lets it go, some time after it is there. */
const QUIET_LOOKS = 4;

/** Resolves when nothing moves any more: the spool has nothing to deliver and the inbox nothing to do. Throws NotDrainedError. */
export async function drain(odoo: OdooClient, sidecar: Spool, options: DrainOptions): Promise<Standing> {
  const deadline = Date.now() + options.timeoutMs;
  let quiet = 0;
  let last = 'nothing was seen';
  for (;;) {
    try {
      const standing = await look(odoo, sidecar);
      options.onLook?.(standing);
      const { spool, inbox } = standing;
      last = `${spool.pending} in the spool, ${inbox.open} in the inbox`;
      quiet = spool.pending + inbox.open + inbox.pending + inbox.processing === 0 ? quiet + 1 : 0;
      if (quiet >= QUIET_LOOKS) return standing;
    } catch (error) {
      if (options.patient !== true) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) {
      throw new NotDrainedError(
        `Not everything was worked off within ${options.timeoutMs / 1000} s: ${last}.${await reasons(odoo)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, options.pollMs ?? 300));
  }
}

interface Stuck {
  code: string | false;
  last_error: string | false;
  attempts: number;
}

/** Why the inbox's open messages have not come through, as far as Odoo can still be asked. */
async function reasons(odoo: OdooClient): Promise<string> {
  const domain = [['state', 'in', ['pending', 'processing']]];
  const fields = ['code', 'last_error', 'attempts'];
  const rows = await odoo
    .searchRead<Stuck>('millwright.inbox', domain, fields, { limit: 500 })
    .catch(() => []);
  const counts = new Map<string, number>();
  for (const row of rows) {
    const reason = `${row.code || 'no reason'}, attempt ${row.attempts}: ${row.last_error || '-'}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  return most.map(([reason, count]) => `\n  ${count} × ${reason}`).join('');
}
