import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ATLAS_SECRET, contractPath } from './samples.ts';

const SERVER = new URL('../../sidecar/server.ts', import.meta.url).pathname;

export interface SidecarOptions {
  odooUrl: string;
  readUrl?: string;
  writeUrl?: string;
  /** Path of a contract; the fixture of Atlas when left out. */
  contract?: string;
  /** Code of the backend, database and key of Odoo, where they are not those of the fixture. */
  code?: string;
  database?: string;
  key?: string;
  env?: Record<string, string>;
}

/** A folder for the spool and the backends file; the same one serves several lives of the process. */
export class SidecarHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'millwright-'));
  readonly spool = join(this.folder, 'spool.sqlite');

  env(options: SidecarOptions): Record<string, string> {
    const backend = {
      code: options.code ?? 'plant-atlas',
      contract: options.contract ?? contractPath('atlas'),
      odoo: {
        url: options.odooUrl,
        database: options.database ?? 'plant',
        api_key: { env: 'MILLWRIGHT_KEY_PLANT_ATLAS' },
      },
      callback_secrets: [{ env: 'ATLAS_SECRET' }],
      ...(options.readUrl
        ? { read: { base_url: options.readUrl, credential: { env: 'ATLAS_API_KEY' } } }
        : {}),
      ...(options.writeUrl
        ? { write: { base_url: options.writeUrl, credential: { env: 'ATLAS_WRITE_KEY' } } }
        : {}),
    };
    const file = join(this.folder, 'backends.json');
    writeFileSync(file, JSON.stringify({ backends: [backend] }));
    return {
      PATH: process.env['PATH'] ?? '',
      MILLWRIGHT_SIDECAR_PORT: '0',
      MILLWRIGHT_SIDECAR_ADMIN_PORT: '0',
      MILLWRIGHT_SIDECAR_ADMIN_TOKEN: 'admin-token',
      MILLWRIGHT_SPOOL: this.spool,
      MILLWRIGHT_BACKENDS: file,
      MILLWRIGHT_KEY_PLANT_ATLAS: options.key ?? 'key-of-odoo',
      ATLAS_SECRET,
      ATLAS_API_KEY: 'key-of-reads',
      ATLAS_WRITE_KEY: 'key-of-writes',
      ...options.env,
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Exit {
  code: number | null;
  signal: string | null;
}

/** A real sidecar process. */
export class SidecarProcess {
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) =>
      this.child.once('close', (code, signal) => {
        resolve({ code, signal });
      }),
    );
  }

  /** Resolves to the first log line with this message; rejects when the process ends before it. */
  line(message: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.lines().find((line) => line['message'] === message);
        if (found) resolve(found);
      };
      this.child.stdout?.on('data', look);
      void this.exited.then(() => {
        reject(new Error(`ended without "${message}": ${this.stdout}${this.stderr}`));
      });
      look();
    });
  }

  lines(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async addresses(): Promise<{ callbacks: string; admin: string }> {
    const { port, admin_port: adminPort } = await this.line('listening');
    return { callbacks: `http://127.0.0.1:${String(port)}`, admin: `http://127.0.0.1:${String(adminPort)}` };
  }

  kill(signal: NodeJS.Signals): Promise<Exit> {
    this.child.kill(signal);
    return this.exited;
  }
}
