import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  checkout,
  connectOdoo,
  createDatabase,
  dropDatabase,
  installModules,
  startOdoo,
  type InstallResult,
  type OdooClient,
  type OdooServer,
  ownDatabase,
} from '../../../scripts/odoo/index.ts';
import { drain, type Standing } from '../../../scripts/start/drain.ts';
import { seedPlant } from '../../../scripts/start/seed.ts';
import { SidecarProcess } from '../../../scripts/start/sidecar.ts';
import { seedShelf, type Shelf } from './plant.ts';
import { AcmePlayer } from './player.ts';

export const SPEC = join(checkout, 'test/fixtures/specs/acme.yaml');
const BACKEND = 'werk-sued';
const QUIET = '--log-handler=odoo.addons.rpc.controllers.xmlrpc:ERROR'; // Odoo warns of every XML-RPC call
const DRAIN = { timeoutMs: 60_000, pollMs: 100 };

/** Runs the project's own command, as a user would; rejects with what it said when it does not end with 0. */
export async function millwright(...args: string[]): Promise<string> {
  const command = [join(checkout, 'cli/main.ts'), ...args];
  return (await promisify(execFile)(process.execPath, command, { cwd: checkout })).stdout;
}

/** A product that only a spec describes, from its callbacks to Odoo: everything real but the product. */
export class SecondLine {
  readonly acme = new AcmePlayer();
  /** Addons directories, outside of the checkout. */
  readonly folder = mkdtempSync(join(tmpdir(), 'millwright-second-'));
  readonly addons = join(this.folder, 'addons');
  readonly #database: string;
  readonly #spec: string;
  #installed: InstallResult | undefined;
  #server: OdooServer | undefined;
  #odoo: OdooClient | undefined;
  #shelf: Shelf | undefined;
  #sidecar: SidecarProcess | undefined;
  #key = '';
  #address: string | undefined;

  constructor(database = ownDatabase('second'), spec = SPEC) {
    this.#database = database;
    this.#spec = spec;
  }

  async open(): Promise<void> {
    await this.generate();
    this.#copyContract();
    await createDatabase(this.#database);
    const addons = [this.addons];
    this.#installed = await installModules(this.#database, ['millwright', 'millwright_acme'], {
      addons,
      test: '/millwright_acme',
    });
    if (!this.#installed.ok) throw new Error(this.#installed.failures.join('\n'));
    const url = await this.#startOdoo();
    const plant = await seedPlant(this.odoo, {
      backendCode: BACKEND,
      backendName: 'Upkeep in the south',
      connector: 'acme',
      environment: 'test',
      parts: [],
    });
    this.#shelf = await seedShelf(this.odoo, plant.backend);
    this.#key = plant.key;
    await this.#startSidecar(url);
  }

  /** Runs a command on the spec, with addon and lock where this line keeps them. */
  async generate(command = 'generate'): Promise<string> {
    const lock = join(this.folder, 'acme.lock.json');
    return millwright(command, this.#spec, '--out', this.addons, '--lock', lock);
  }

  /** Lets the sidecar work with the contract that the addon has now. */
  async adoptContract(): Promise<void> {
    await this.#sidecar?.stop();
    this.#copyContract();
    await this.#startSidecar(opened(this.#server).url);
  }

  #copyContract(): void {
    copyFileSync(join(this.addons, 'millwright_acme/contract.json'), join(this.folder, 'contract.json'));
  }

  /**
   * Brings the database to what the spec says now and starts everything again; as in a plant, the sidecar keeps its contract until the
   * new one is approved.
   */
  async upgrade(): Promise<InstallResult> {
    await this.#sidecar?.stop();
    await this.#server?.stop();
    await this.generate();
    const options = { addons: [this.addons], update: true };
    const result = await installModules(this.#database, ['millwright_acme'], options);
    await this.#startSidecar(await this.#startOdoo());
    return result;
  }

  async #startOdoo(): Promise<string> {
    const addons = [this.addons];
    this.#server = await startOdoo({ db: this.#database, addons, args: [QUIET] });
    await this.#server.waitReady();
    const { url } = this.#server;
    this.#odoo = await connectOdoo({ url, db: this.#database, user: 'admin', password: 'admin' });
    return url;
  }

  async #startSidecar(odooUrl: string): Promise<void> {
    this.#address ??= await this.acme.listen();
    this.#sidecar = new SidecarProcess({
      folder: join(this.folder, 'sidecar'),
      backendCode: BACKEND,
      contract: join(this.folder, 'contract.json'),
      environment: 'test',
      odoo: { url: odooUrl, database: this.#database, key: this.#key },
      callbackSecret: this.acme.secret,
      read: { url: this.#address, apiKey: this.acme.ticket },
      logFile: join(this.folder, 'sidecar.log'),
    });
    await this.#sidecar.start();
    this.acme.callbackUrl = this.#sidecar.callbackUrl;
  }

  get installed(): InstallResult {
    return opened(this.#installed);
  }

  get odoo(): OdooClient {
    return opened(this.#odoo);
  }

  get shelf(): Shelf {
    return opened(this.#shelf);
  }

  /** Resolves when everything that was told has come to rest. */
  async rest(): Promise<Standing> {
    return drain(this.odoo, opened(this.#sidecar), DRAIN);
  }

  async close(): Promise<void> {
    await this.acme.close();
    await this.#sidecar?.stop();
    await this.#server?.stop();
    await dropDatabase(this.#database);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the line is not open');
  return part;
}
