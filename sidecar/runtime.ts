import type { Express } from 'express';
import { createApp, createAdminApp } from './app.ts';
import { DAY, SECOND, systemClock, type Clock } from './clock.ts';
import type { BackendConfig, Config, ProductAccess } from './config.ts';
import { ContractError, loadContract, type Contract } from './contract.ts';
import { Carrier } from './delivery/carrier.ts';
import { createOutboxClient } from './delivery/outbox-client.ts';
import { Dispatcher } from './delivery/dispatcher.ts';
import { createOdooClient } from './delivery/odoo-client.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import type { Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { ScheduledReads } from './pull/scheduled-reads.ts';
import type { ReadOptions } from './sources/read-auth.ts';
import { unmetNeeds } from './needs.ts';
import { createSource, type Source } from './sources/source.ts';
import { openSqliteSpool } from './spool/sqlite-spool.ts';
import type { Spool } from './spool/types.ts';

/** Everything that runs, put together; nothing listens and no clock ticks yet. */
export interface Runtime {
  app: Express;
  /** Null without an admin token. */
  adminApp: Express | null;
  /** Takes up what was pending when the process ended. */
  start(): void;
  tickReads(): void;
  purge(): Promise<void>;
  /** No new work; connections close after their answer. */
  drain(): void;
  /** Ends what is in flight within `limitMs` and closes the spool. */
  stop(limitMs: number): Promise<void>;
}

export function createRuntime(config: Config, log: Logger, clock: Clock = systemClock): Runtime {
  const contracts = loadContracts(config.backends);
  const metrics = createMetrics();
  const client = createHttpClient();
  const spool = openSqliteSpool(config.spool, {
    onGroup: (size, seconds) => {
      observe(metrics, size, seconds);
    },
  });
  const parts = { config, contracts, metrics, client, spool, log, clock };
  const sources = new Map(config.backends.map((backend) => [backend.code, buildSource(parts, backend)]));
  const dispatchers = new Map(
    config.backends.map((backend) => [backend.code, buildDispatcher(parts, backend, sources)]),
  );
  const carriers = buildCarriers(parts, sources);
  const wake = (backend: string) => dispatchers.get(backend)?.wake();
  const reads = new ScheduledReads({ sources, spool, clock, log, metrics, wake });
  const backends = [...sources.keys()];
  let draining = false;
  const status = (backend: string) =>
    dispatchers.get(backend)?.status() ?? { state: 'stopped' as const, reason: null, since: null };
  const shared = { backends, spool, clock, log, wake };
  return {
    app: createApp({
      ...shared,
      ...{ sources, metrics, status, draining: () => draining },
      writes: (backend) => carriers.get(backend)?.status() ?? null,
    }),
    adminApp:
      config.adminToken &&
      createAdminApp({ ...shared, token: config.adminToken.reveal(), runRead: (name) => reads.runNow(name) }),
    start: () => {
      backends.forEach(wake);
      carriers.forEach((carrier) => {
        carrier.start();
      });
    },
    tickReads: () => {
      reads.tick();
    },
    purge: async () => {
      const removed = await spool.purge(clock.now() - config.keepDeliveredDays * DAY, clock.now());
      if (removed > 0) log.info('bodies_purged', { removed });
    },
    drain: () => void (draining = true),
    stop: async (limitMs) => {
      const reading = reads.stop();
      const working = [...dispatchers.values(), ...carriers.values()];
      await Promise.all(working.map((part) => part.stop(limitMs)));
      await client.close();
      await reading;
      await spool.close();
    },
  };
}

interface Parts {
  config: Config;
  contracts: Map<string, Contract>;
  metrics: Metrics;
  client: HttpClient;
  spool: Spool;
  log: Logger;
  clock: Clock;
}

function loadContracts(backends: readonly BackendConfig[]): Map<string, Contract> {
  const problems: string[] = [];
  const contracts = new Map<string, Contract>();
  for (const backend of backends) {
    try {
      const contract = loadContract(backend.contract);
      contracts.set(backend.code, contract);
      problems.push(...unmetNeeds(backend, contract));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ContractError([...new Set(problems)]);
  return contracts;
}

function buildSource({ config, contracts, client, clock }: Parts, backend: BackendConfig): Source {
  const contract = contracts.get(backend.code);
  if (contract === undefined) throw new Error(`no contract for ${backend.code}`);
  return createSource({
    backend: backend.code,
    environment: config.environment,
    contract,
    secrets: backend.callback_secrets.flatMap(({ secret, name, event, until }) =>
      secret ? [{ text: secret.reveal(), name, event, until }] : [],
    ),
    publicUrl: backend.public_url,
    addressHeader: backend.address_header,
    read: backend.read && accessOf(backend.read),
    write: backend.write && accessOf(backend.write),
    call: client.call,
    now: () => clock.now(),
    pause: (ms) => new Promise((resolve) => void clock.after(ms, resolve)),
  });
}

function accessOf({ base_url, login_url, credential }: ProductAccess): ReadOptions {
  return { base_url, login_url, credential: credential.secret?.reveal() ?? '' };
}

/** A carrier for each backend that writes; what keeps one from writing although its contract could is said aloud. */
function buildCarriers(parts: Parts, sources: ReadonlyMap<string, Source>): Map<string, Carrier> {
  const { config, contracts, client, clock, log, metrics } = parts;
  const carriers = new Map<string, Carrier>();
  for (const backend of config.backends) {
    const { code, odoo } = backend;
    const writing = sources.get(code)?.writing ?? null;
    const written = Object.keys(contracts.get(code)?.writes?.flows ?? {});
    if (writing === null && written.length > 0)
      log.warn('writes_off', {
        backend: code,
        flows: written,
        reason: 'the backend has no "write" credential',
      });
    if (writing === null && written.length === 0 && backend.write !== null)
      log.warn('writes_off', { backend: code, reason: 'the contract does not say how anything is written' });
    if (writing === null) continue;
    const outbox = createOutboxClient({
      ...{ backend: code, url: odoo.url, database: odoo.database, environment: config.environment },
      apiKey: odoo.api_key.secret?.reveal() ?? '',
      call: client.call,
      now: () => clock.now(),
    });
    const pollMs = config.outboxPollSeconds * SECOND;
    carriers.set(
      code,
      new Carrier({ backend: code, writing, outbox, clock, random: Math.random, log, metrics, pollMs }),
    );
  }
  return carriers;
}

function buildDispatcher(
  parts: Parts,
  backend: BackendConfig,
  sources: ReadonlyMap<string, Source>,
): Dispatcher {
  const { client, clock, spool, log, metrics } = parts;
  const handling = sources.get(backend.code);
  if (handling === undefined) throw new Error(`no source for ${backend.code}`);
  const { url, database, api_key } = backend.odoo;
  const apiKey = api_key.secret?.reveal() ?? '';
  const odoo = createOdooClient({
    backend: backend.code,
    url,
    database,
    apiKey,
    call: client.call,
    now: () => clock.now(),
  });
  return new Dispatcher({
    backend: backend.code,
    spool,
    handling,
    odoo,
    clock,
    random: Math.random,
    log,
    metrics,
  });
}

function observe(metrics: Metrics, size: number, seconds: number): void {
  metrics.groupSize.observe(size);
  metrics.commitSeconds.observe(seconds);
}
