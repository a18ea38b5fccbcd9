import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createDatabase,
  databaseExists,
  ensureOdoo,
  installModules,
  pythonPackages,
  sql,
  step,
} from '../../scripts/odoo/index.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const ADDONS = join(import.meta.dirname, 'addons');
const JOBS = join(ADDONS, 'bench_queue_job');

/** What Odoo needs to know of queue_job, in startOdoo's words. */
export interface QueueJob {
  version: string;
  addons: string[];
  env: Record<string, string>;
}

/** Brings queue_job in from PyPI, at the version that is pinned. */
export async function ensureQueueJob(): Promise<QueueJob> {
  const packages = await pythonPackages(REQUIREMENTS);
  const { pythonPath } = await ensureOdoo();
  const version = /^odoo-addon-queue-job==(\S+)$/m.exec(readFileSync(REQUIREMENTS, 'utf8'))?.[1] ?? 'unknown';
  return {
    version,
    addons: [join(packages, 'odoo/addons'), ADDONS],
    env: { PYTHONPATH: `${pythonPath}:${packages}` },
  };
}

/** The seeded database with queue_job and its jobs installed; built once for each state of all of them. */
export async function ensurePeerDatabase(seeded: string, { addons, env }: QueueJob): Promise<string> {
  const name = `${seeded}_${jobsHash()}`;
  if (await databaseExists(name)) return name;
  const draft = `${name}_draft`;
  await step('Installing queue_job in a copy of the seeded database', async () => {
    await createDatabase(draft, { from: seeded });
    const { ok, failures, logFile } = await installModules(draft, ['bench_queue_job'], { addons, env });
    if (!ok) throw new Error(`queue_job could not be installed: ${failures.join('; ')}; see ${logFile}`);
    await sql(`alter database "${draft}" rename to "${name}"`);
  });
  return name;
}

/** Short: PostgreSQL cuts names after 63 characters. */
function jobsHash(): string {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS));
  for (const file of readdirSync(JOBS).filter((found) => found.endsWith('.py')))
    hash.update(readFileSync(join(JOBS, file)));
  return hash.digest('hex').slice(0, 6);
}
