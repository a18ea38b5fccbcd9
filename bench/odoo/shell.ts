import { readFileSync } from 'node:fs';
import { callInShell as call } from '../../scripts/odoo/index.ts';

/** Functions that every script of a bench may call. */
const SHARED = readFileSync(new URL('./store.py', import.meta.url), 'utf8');

/** Calls `main(env, options)` of a bench's script in the Odoo shell on a database; gives what it returned. */
export async function callInShell<T>(
  db: string,
  script: URL,
  main: string,
  options: Record<string, unknown>,
): Promise<T> {
  return call<T>(db, script, main, options, SHARED);
}
