/** The bridge to the runtime's interpreter of mappings: what Odoo would make of messages, without Odoo (`plan.py`). */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Message {
  contract: unknown;
  event: string;
  /** JSON text, as the envelope carries it. */
  payload: string;
  fetched: string;
  event_id: string;
}

export interface Command {
  flow: string;
  kind: string;
  operation: string;
  key: string;
  version: string | null;
  occurred_at: string | null;
  /** What the steps of the plant resolved to, in order. */
  plant: string[];
  /** Of the integration row, as text. */
  columns: Record<string, string>;
  fields: Record<string, unknown> | null;
  hold: string | null;
}

export interface Plan {
  commands: Command[];
  ignored: [flow: string, reason: string][];
}

const BRIDGE = fileURLToPath(new URL('plan.py', import.meta.url));

export function planAll(messages: readonly Message[]): Plan[] {
  const ran = spawnSync('python3', ['-B', BRIDGE], { input: JSON.stringify(messages), encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`the bridge ended with ${String(ran.status)}: ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Plan[];
}
