import { readFileSync } from 'node:fs';
import { odooShell } from '../../scripts/odoo/index.ts';

/** Calls `main(env, options)` of a script of this folder in the Odoo shell on a database; gives what it returned. */
export async function callInShell<T>(
  db: string,
  script: string,
  main: string,
  options: Record<string, unknown>,
): Promise<T> {
  const source = readFileSync(scriptPath(script), 'utf8');
  const argument = JSON.stringify(JSON.stringify(options)); // JSON text as a literal that Python reads too
  const call = `print("RESULT " + json.dumps(${main}(env, json.loads(${argument}))))`;
  const output = await odooShell(db, `${source}\nimport json\n${call}\n`);
  const line = output.split('\n').find((text) => text.startsWith('RESULT '));
  if (line === undefined) throw new Error(`${script} gave no result:\n${output}`);
  return JSON.parse(line.slice('RESULT '.length)) as T;
}

export function scriptPath(script: string): string {
  return new URL(`./${script}`, import.meta.url).pathname;
}
