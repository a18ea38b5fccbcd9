import { readFileSync } from 'node:fs';
import { BringUpError } from './errors.ts';
import { exec, lastLines } from './exec.ts';
import { odooCommand } from './command.ts';
import { ensureOdoo } from './package.ts';
import { ODOO_USER } from './paths.ts';

/**
 * Runs Python in `odoo shell` on a database, with `env` of the superuser, and gives what it printed. The code commits itself
 * (`env.cr.commit()`). An exception in it is an error here.
 */
export async function odooShell(db: string, code: string): Promise<string> {
  const { command, env } = await odooCommand(
    await ensureOdoo(),
    db,
    undefined,
    ['--log-level=warn'],
    ['shell'],
  );
  const result = await exec(command, { user: ODOO_USER, env, input: code });
  // The shell reads standard input as a script: an exception ends it with a traceback and, on some versions, code 0.
  if (result.code !== 0 || result.stderr.includes('Traceback (most recent call last)')) {
    throw new BringUpError(
      'ODOO_SHELL',
      `A script in the Odoo shell on "${db}" failed:\n${lastLines(result.stderr, 12)}`,
    );
  }
  return result.stdout;
}

/**
 * Calls `main(env, options)` of a script in the Odoo shell on a database; gives what it returned. `before` is Python that stands before
 * the script.
 */
export async function callInShell<T>(
  db: string,
  script: URL,
  main: string,
  options: Record<string, unknown>,
  before = '',
): Promise<T> {
  const source = readFileSync(script, 'utf8');
  const argument = JSON.stringify(JSON.stringify(options)); // JSON text as a literal that Python reads too
  const call = `print("RESULT " + json.dumps(${main}(env, json.loads(${argument}))))`;
  const output = await odooShell(db, `${before}\n${source}\nimport json\n${call}\n`);
  const line = output.split('\n').find((text) => text.startsWith('RESULT '));
  if (line === undefined) throw new Error(`${script.pathname} gave no result:\n${output}`);
  return JSON.parse(line.slice('RESULT '.length)) as T;
}
