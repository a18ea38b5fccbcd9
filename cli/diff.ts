import { diff } from '../generator/index.ts';
import type { Streams } from './print.ts';
import { readSpec } from './spec-file.ts';

const WORDS = { compatible: 'compatible', needs_migration: 'needs migration', breaking: 'breaking' } as const;

/** `millwright diff`: 0 when every change is compatible, 1 when one is not. Throws SpecError and OutputError. */
export function diffCommand(before: string, after: string, json: boolean, streams: Streams): number {
  const changes = diff(readSpec(before), readSpec(after));
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
