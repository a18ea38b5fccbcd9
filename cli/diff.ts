import { diff } from '../generator/index.ts';
import { withOdoo } from './against.ts';
import type { AgainstOptions } from './against.ts';
import type { Streams } from './print.ts';
import { readSpec } from './spec-file.ts';

const WORDS = { compatible: 'compatible', needs_migration: 'needs migration', breaking: 'breaking' } as const;

export interface DiffOptions extends AgainstOptions {
  readonly json?: boolean;
}

/** `millwright diff`: 0 when every change is compatible, 1 when one is not. Throws SpecError and OutputError. */
export async function diffCommand(
  before: string,
  after: string,
  { json = false, ...against }: DiffOptions,
  streams: Streams,
): Promise<number> {
  const now = await withOdoo(readSpec(after), against);
  const former = readSpec(before);
  const changes = diff(now.odoo === undefined ? former : { ...former, odoo: now.odoo }, now);
  const verdict = changes[0]?.grade ?? 'compatible';
  if (json) {
    const items = changes.map((change) => ({ ...change, where: change.where.join('.') }));
    streams.out(`${JSON.stringify({ verdict, changes: items })}\n`);
  } else {
    for (const { side, grade, where, what, why } of changes)
      streams.out(`${WORDS[grade]} (${side}) ${where.join('.')}: ${what}; ${why}\n`);
    streams.out(
      changes.length === 0 ? 'no change\n' : `${String(changes.length)} change(s): ${WORDS[verdict]}\n`,
    );
  }
  return verdict === 'compatible' ? 0 : 1;
}
