import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import cron from 'node-cron';
import { SECOND } from './clock.ts';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { ContractError } from './contract.ts';
import { SpoolError, describeError } from './errors.ts';
import { createLogger, type Logger } from './logger.ts';
import { createRuntime, type Runtime } from './runtime.ts';

const EXIT_BAD_CONFIG = 2;
const STOP_LIMIT_MS = 8 * SECOND;
const CLOSE_LIMIT_MS = 5 * SECOND;

await main();

async function main(): Promise<void> {
  const log = createLogger();
  const started = start(log);
  if (started === null) return;
  const { config, runtime } = started;
  const servers = await listenAll(config, runtime);
  if (servers === null) return;
  const [server, admin] = servers;
  const jobs = schedule(runtime, log);
  runtime.start();
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info('stopping', { signal });
    shutDown(runtime, [server, ...(admin ? [admin] : [])], jobs)
      .then(() => {
        log.info('stopped');
      })
      .catch((error: unknown) => {
        log.error('stop_failed', { error: describeError(error) });
        process.exitCode = 1;
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const ports = { port: portOf(server), admin_port: admin && portOf(admin) };
  // last: who reads this line may end us, and gets an orderly end
  log.info('listening', { host: config.host, ...ports, backends: config.backends.map((b) => b.code) });
}

/** Null, with the reasons on standard error and exit code 2, when the configuration is not usable. */
function start(log: Logger): { config: Config; runtime: Runtime } | null {
  try {
    const config = loadConfig(process.env);
    logSecrets(config, log);
    return { config, runtime: createRuntime(config, log) };
  } catch (error) {
    const known =
      error instanceof ConfigError || error instanceof ContractError || error instanceof SpoolError;
    if (!known) throw error;
    const problems = error instanceof SpoolError ? [describeError(error)] : error.problems;
    process.stderr.write(
      `The sidecar cannot start (${error.code}):\n${problems.map((p) => `  - ${p}\n`).join('')}`,
    );
    process.exitCode = EXIT_BAD_CONFIG;
    return null;
  }
}

function logSecrets(config: Config, log: Logger): void {
  log.info('admin', { admin_secret_set: config.adminToken !== null });
  for (const { code, odoo, callback_secrets, read, write } of config.backends) {
    const slots = [
      ...callback_secrets,
      odoo.api_key,
      ...[read, write].flatMap((access) => access?.credential ?? []),
    ];
    const secrets = Object.fromEntries(
      slots.map(({ from, secret }) => [from, secret === null ? 'not set' : 'set']),
    );
    log.info('backend', { backend: code, odoo_url: odoo.url, database: odoo.database, secrets });
    if (callback_secrets.every(({ secret }) => secret === null))
      log.error('no_callback_secret', { backend: code, effect: 'every callback is refused' });
  }
}

/** Null, with the reason on standard error and exit code 2, when an address cannot be taken. */
async function listenAll(config: Config, runtime: Runtime): Promise<[Server, Server | null] | null> {
  try {
    const server = await listen(runtime.app, config.port, config.host);
    const admin = runtime.adminApp && (await listen(runtime.adminApp, config.adminPort, config.host));
    return [server, admin];
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    process.stderr.write(`The sidecar cannot start (listen_failed):\n  - ${error.message}\n`);
    await runtime.stop(0);
    process.exit(EXIT_BAD_CONFIG); // the other port may listen already
  }
}

function listen(app: Express, port: number, host: string): Promise<Server> {
  const server = createServer(
    { keepAliveTimeout: 65 * SECOND, requestTimeout: 30 * SECOND, headersTimeout: 15 * SECOND },
    app,
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      resolve(server);
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** What runs on a clock. The reads know themselves when they are due; an overlap with a slow one is theirs to prevent. */
function schedule(runtime: Runtime, log: Logger): { stop(): void } {
  const purge = () =>
    void runtime.purge().catch((error: unknown) => {
      log.error('purge_failed', { error: describeError(error) });
    });
  const tasks = [
    cron.schedule('*/5 * * * * *', () => {
      runtime.tickReads();
    }),
    cron.schedule('17 * * * *', purge),
  ];
  return {
    stop: () => {
      tasks.forEach((task) => void task.destroy());
    },
  };
}

/** Answers what has been taken in, then ends. What is accepted is in the spool: nothing depends on the rest succeeding. */
async function shutDown(runtime: Runtime, servers: readonly Server[], jobs: { stop(): void }): Promise<void> {
  jobs.stop();
  runtime.drain();
  await Promise.all(servers.map(closeServer));
  await runtime.stop(STOP_LIMIT_MS);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) =>
    server.close(() => {
      resolve();
    }),
  );
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const limit = setTimeout(() => {
    server.closeAllConnections();
  }, CLOSE_LIMIT_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
}
