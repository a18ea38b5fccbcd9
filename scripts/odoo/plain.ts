import { createEmptyDatabase, dropDatabase, ownDatabase } from './database.ts';
import { BringUpError } from './errors.ts';
import { installModules } from './modules.ts';
import { ensureOdoo } from './package.ts';
import { ensurePostgres } from './postgres.ts';
import { startOdoo } from './server.ts';

/** An Odoo with the runtime addon and nothing but what it stands on, for as long as `work` takes (a minute to get it). */
export async function withPlainOdoo<T>(
  work: (address: { url: string; database: string; user: string; password: string }) => Promise<T>,
): Promise<T> {
  await ensurePostgres();
  await ensureOdoo();
  const database = ownDatabase('plain');
  await createEmptyDatabase(database);
  try {
    const installed = await installModules(database, ['millwright']);
    if (!installed.ok)
      throw new BringUpError(
        'INSTALL_FAILED',
        `millwright could not be installed; the log is ${installed.logFile}.`,
      );
    const server = await startOdoo({ db: database, maxCronThreads: 0 });
    try {
      await server.waitReady();
      return await work({ url: server.url, database, user: 'admin', password: 'admin' });
    } finally {
      await server.stop();
    }
  } finally {
    await dropDatabase(database);
  }
}
