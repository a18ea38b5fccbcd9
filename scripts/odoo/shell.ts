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
