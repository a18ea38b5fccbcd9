import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { BringUpError, checkout } from '../odoo/index.ts';

/** Generates the connector from its spec with the project's own command. Throws with what the command said. */
export async function generateConnector(spec: string): Promise<void> {
  const args = [join(checkout, 'cli/main.ts'), 'generate', spec];
  const child = spawn(process.execPath, args, { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new BringUpError('GENERATE_FAILED', `${spec} could not be turned into an addon:\n${said.trim()}`);
}
