import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { auditLedger, readBaseline, type Audit, type Baseline } from '../../test/ledger/index.ts';
import { loadSamples, type Sample, type SenderOptions } from '../cmms/index.ts';
import {
  checkout,
  connectOdoo,
  createDatabase,
  runDir,
  startOdoo,
  type Connection,
  type OdooClient,
  type OdooServer,
  type StartOptions,
} from '../odoo/index.ts';
import { PARTS, SAMPLE_PART, UNBOUND_PART, type Part } from '../shift/index.ts';
import { ensureInstalled } from './installed.ts';
import { Cmms } from './play.ts';
import { seedPlant, type Plant } from './seed.ts';
import { SidecarProcess } from './sidecar.ts';

export const ADDONS = ['millwright', 'millwright_atlas'] as const;
export const CONNECTOR = 'atlas';
export const PLANT_PARTS: readonly Part[] = [SAMPLE_PART, ...PARTS, UNBOUND_PART];
const CONTRACT = join(checkout, 'odoo_addon/millwright_atlas/contract.json');
const SAMPLES = join(checkout, 'test/fixtures/webhooks/atlas-cmms');

export interface LineOptions {
  /** Database that is made anew, and the name of the logs and the spool. */
  name: string;
  /** Addons beside ours, for tests. */
  addons?: string[];
  /** Makes the database from one that has our addons; without it a copy in the machine's PostgreSQL. */
  database?: (installed: string) => Promise<void>;
  backendCode?: string;
  mode: SenderOptions['mode'];
  odoo?: Partial<StartOptions>;
  sidecarPort?: number;
  /** What the sidecar takes for Odoo's address; without it the true one. */
  between?: (odooUrl: string) => Promise<string>;
}

/** Everything between the CMMS and the stock moves, running: for `npm start` and for the tests. */
export class Line {
  readonly samples: Sample[];
  readonly cmms: Cmms;
  readonly sidecar: SidecarProcess;
  readonly plant: Plant;
  readonly baseline: Baseline;
  readonly connection: Connection;
  /** When nothing had been sent yet, as Odoo writes times. */
  readonly since = new Date().toISOString().slice(0, 19).replace('T', ' ');
  rpc: OdooClient;
  server: OdooServer | undefined;
  readonly #odooOptions: StartOptions;

  private constructor(
    parts: Pick<
      Line,
      'samples' | 'cmms' | 'sidecar' | 'plant' | 'baseline' | 'connection' | 'rpc' | 'server'
    >,
    odooOptions: StartOptions,
  ) {
    this.samples = parts.samples;
    this.cmms = parts.cmms;
    this.sidecar = parts.sidecar;
    this.plant = parts.plant;
    this.baseline = parts.baseline;
    this.connection = parts.connection;
    this.rpc = parts.rpc;
    this.server = parts.server;
    this.#odooOptions = odooOptions;
  }

  /** Makes the database, starts Odoo on it, sets up the plant, starts the CMMS's server and the sidecar. Nothing is sent yet. */
  static async open(options: LineOptions): Promise<Line> {
    const installed = await ensureInstalled([...ADDONS, ...(options.addons ?? [])]);
    await (options.database?.(installed) ?? createDatabase(options.name, { from: installed }));
    const quiet = '--log-handler=odoo.addons.rpc.controllers.xmlrpc:ERROR'; // three lines for every call otherwise
    const odooOptions = { ...options.odoo, db: options.name, args: [quiet, ...(options.odoo?.args ?? [])] };
    const server = await startOdoo(odooOptions);
    try {
      await server.waitReady();
      const connection = { url: server.url, db: options.name, user: 'admin', password: 'admin' };
      return await Line.attach(connection, options, server, odooOptions);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** The same on an Odoo that runs already and has our addons. */
  static async attach(
    connection: Connection,
    options: LineOptions,
    server?: OdooServer,
    odooOptions: StartOptions = { db: connection.db },
  ): Promise<Line> {
    const rpc = await connectOdoo(connection);
    const backendCode = options.backendCode ?? 'plant-atlas';
    const environment = 'demo';
    const seed = {
      backendCode,
      backendName: 'Atlas at the packing plant',
      connector: CONNECTOR,
      environment,
      parts: PLANT_PARTS,
    };
    const plant = await seedPlant(rpc, seed);
    const baseline = await readBaseline(
      rpc,
      [...plant.bindings.values(), ...plant.unbound.values()],
      plant.stockLocation,
    );
    const samples = loadSamples(SAMPLES);
    const secret = samples[0]?.secret ?? '';
    const apiKey = 'read-key-of-the-demo';
    const cmms = await Cmms.start({ secret, apiKey, mode: options.mode });
    const folder = join(runDir, `sidecar-${options.name}`);
    rmSync(folder, { recursive: true, force: true });
    const sidecar = new SidecarProcess({
      folder,
      backendCode,
      contract: CONTRACT,
      environment,
      odoo: {
        url: (await options.between?.(connection.url)) ?? connection.url,
        database: connection.db,
        key: plant.key,
      },
      callbackSecret: secret,
      read: { url: cmms.atlas.url, apiKey },
      logFile: join(folder, 'sidecar.log'),
      ...(options.sidecarPort === undefined ? {} : { port: options.sidecarPort }),
    });
    try {
      await sidecar.start();
    } catch (error) {
      await cmms.close(); // its server would keep this process alive
      throw error;
    }
    cmms.callbackUrl = sidecar.callbackUrl;
    const ports = server === undefined ? {} : { port: server.port };
    return new Line(
      { samples, cmms, sidecar, plant, baseline, connection, rpc, server },
      { ...odooOptions, ...ports },
    );
  }

  /** Starts Odoo again on the same database and port; the one before must have ended. */
  async restartOdoo(options: Partial<StartOptions> = {}): Promise<OdooServer> {
    this.server = await startOdoo({ ...this.#odooOptions, ...options });
    await this.server.waitReady();
    return this.server;
  }

  /** What the independent ledger says now. */
  async audit(): Promise<Audit> {
    const sent = this.cmms.sender.sent.map((callback) => ({
      event: callback.event,
      rawBody: callback.rawBody,
      outcome: outcomeOf(callback),
    }));
    return auditLedger(this.rpc, this.plant, this.baseline, sent, this.cmms.atlas.answers.map(asJson));
  }

  async close(): Promise<void> {
    await this.cmms.close();
    await this.sidecar.stop();
    await this.server?.stop();
  }
}

function outcomeOf(callback: {
  accepted: boolean;
  attempts: { status: number | null }[];
}): 'accepted' | 'maybe' | 'refused' {
  if (callback.accepted) return 'accepted';
  return callback.attempts.some((attempt) => attempt.status === null) ? 'maybe' : 'refused';
}

/** Answers as they went over the wire. */
function asJson<T extends { body: unknown }>(answer: T): T {
  return { ...answer, body: JSON.parse(JSON.stringify(answer.body)) as unknown };
}
