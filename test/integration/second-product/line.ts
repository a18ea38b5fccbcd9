import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
} from '../../../scripts/odoo/index.ts';
import { drain, type Standing } from '../../../scripts/start/drain.ts';
import { seedPlant } from '../../../scripts/start/seed.ts';
import { SidecarProcess } from '../../../scripts/start/sidecar.ts';
import { seedShelf, type Shelf } from './plant.ts';
import { AcmePlayer } from './player.ts';

export const SPEC = join(checkout, 'test/fixtures/specs/acme.yaml');
const DATABASE = 'millwright_second';
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
  #installed: InstallResult | undefined;
  #server: OdooServer | undefined;
  #odoo: OdooClient | undefined;
  #shelf: Shelf | undefined;
  #sidecar: SidecarProcess | undefined;

  async open(): Promise<void> {
    await millwright('generate', SPEC, '--out', this.addons, '--lock', join(this.folder, 'acme.lock.json'));
    await createDatabase(DATABASE);
    const addons = [this.addons];
    this.#installed = await installModules(DATABASE, ['millwright', 'millwright_acme'], {
      addons,
      test: '/millwright_acme',
    });
    if (!this.#installed.ok) throw new Error(this.#installed.failures.join('\n'));
    this.#server = await startOdoo({ db: DATABASE, addons, args: [QUIET] });
    await this.#server.waitReady();
    const { url } = this.#server;
    this.#odoo = await connectOdoo({ url, db: DATABASE, user: 'admin', password: 'admin' });
    const plant = await seedPlant(this.#odoo, {
      backendCode: 'werk-sued',
      backendName: 'Upkeep in the south',
      connector: 'acme',
      environment: 'test',
      parts: [],
    });
    this.#shelf = await seedShelf(this.#odoo, plant.backend);
    await this.#startSidecar(plant.backendCode, plant.key, url);
  }

  async #startSidecar(backendCode: string, key: string, odooUrl: string): Promise<void> {
    this.#sidecar = new SidecarProcess({
      folder: join(this.folder, 'sidecar'),
      backendCode,
      contract: join(this.addons, 'millwright_acme/contract.json'),
      environment: 'test',
      odoo: { url: odooUrl, database: DATABASE, key },
      callbackSecret: this.acme.secret,
      read: { url: await this.acme.listen(), apiKey: this.acme.ticket },
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
    await dropDatabase(DATABASE);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the line is not open');
  return part;
}
