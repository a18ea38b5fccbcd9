import { readFileSync } from 'node:fs';
import { odooShell } from '../../scripts/odoo/index.ts';

/** Functions that every script may call. */
const SHARED = readFileSync(new URL('./store.py', import.meta.url), 'utf8');

/** Calls `main(env, options)` of a script in the Odoo shell on a database; gives what it returned. */
export async function callInShell<T>(
  db: string,
  script: URL,
  main: string,
  options: Record<string, unknown>,
): Promise<T> {
  const source = readFileSync(script, 'utf8');
  const argument = JSON.stringify(JSON.stringify(options)); // JSON text as a literal that Python reads too
  const call = `print("RESULT " + json.dumps(${main}(env, json.loads(${argument}))))`;
  const output = await odooShell(db, `${SHARED}\n${source}\nimport json\n${call}\n`);
  const line = output.split('\n').find((text) => text.startsWith('RESULT '));
  if (line === undefined) throw new Error(`${script.pathname} gave no result:\n${output}`);
  return JSON.parse(line.slice('RESULT '.length)) as T;
}
