import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkout } from '../odoo/index.ts';

export interface SidecarOptions {
  /** Directory of the spool and the backends file. */
  folder: string;
  backendCode: string;
  contract: string;
  environment: string;
  odoo: { url: string; database: string; key: string };
  callbackSecret: string;
  /** Left out for a product whose contract reads nothing. */
  read?: { url: string; apiKey: string };
  /** 0 takes a free port; after the first start the port stays. */
  port?: number;
  logFile: string;
}

/** Deliveries by state, as the sidecar's admin port tells them. */
export interface SpoolCounts {
  received: number;
  pending: number;
  held: number;
  done: number;
  dead: number;
  duplicates: number;
}

export interface SpoolRow {
  event: string | null;
  event_id: string;
  origin: string;
  state: string;
  reason: string | null;
  last_error: string | null;
  subject: string | null;
  next_attempt_at: string | null;
}

const LISTEN_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;

/** The sidecar as a process of its own, which can be killed and started again on the same spool and port. */
export class SidecarProcess {
  readonly #options: SidecarOptions;
  readonly #adminToken = randomBytes(24).toString('hex');
  #port: number;
  #adminPort = 0;
  #child: ChildProcess | undefined;

  constructor(options: SidecarOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    mkdirSync(options.folder, { recursive: true });
    mkdirSync(dirname(options.logFile), { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get callbackUrl(): string {
    return `${this.url}/callbacks/${this.#options.backendCode}`;
  }

  get backendCode(): string {
    return this.#options.backendCode;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get spool(): string {
    return join(this.#options.folder, 'spool.db');
  }

  /** Resolves when it listens. Throws with the last lines it printed when it ends before. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(checkout, 'sidecar/server.ts')], {
      cwd: checkout,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.removeListener('exit', kill));
    const log = createWriteStream(this.#options.logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
    await this.#listening(child);
  }

  /** SIGKILL: as if the machine lost power for this process. Resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends in order: what is in flight is finished. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async counts(): Promise<SpoolCounts> {
    const body = (await this.#admin('/summary')) as { backends: Record<string, SpoolCounts> };
    const counts = body.backends[this.#options.backendCode];
    if (counts === undefined) throw new Error(`The sidecar knows no backend ${this.#options.backendCode}.`);
    return counts;
  }

  /** The newest deliveries, at most 1000, without their bodies. */
  async deliveries(state?: string): Promise<SpoolRow[]> {
    const filter = state === undefined ? '' : `&state=${state}`;
    return ((await this.#admin(`/deliveries?limit=1000${filter}`)) as { deliveries: SpoolRow[] }).deliveries;
  }

  async #admin(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}${path}`, {
      headers: { authorization: `Bearer ${this.#adminToken}` },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`The sidecar's admin port answered ${response.status} to ${path}.`);
    return response.json();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  /** The sidecar refuses settings that it does not know, so it gets its own and nothing else that has our prefix. */
  #environment(): NodeJS.ProcessEnv {
    const { folder, odoo, read, backendCode, contract, environment, callbackSecret } = this.#options;
    const backends = join(folder, 'backends.json');
    const backend = {
      code: backendCode,
      contract,
      odoo: { url: odoo.url, database: odoo.database, api_key: { env: 'SIDECAR_ODOO_KEY' } },
      callback_secrets: [{ env: 'SIDECAR_CALLBACK_SECRET' }],
      ...(read && { read: { base_url: read.url, credential: { env: 'SIDECAR_READ_KEY' } } }),
    };
    writeFileSync(backends, JSON.stringify({ backends: [backend] }, null, 2));
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLWRIGHT_'));
    return {
      ...Object.fromEntries(inherited),
      MILLWRIGHT_SIDECAR_PORT: String(this.#port),
      MILLWRIGHT_SIDECAR_ADMIN_PORT: '0',
      MILLWRIGHT_SIDECAR_ADMIN_TOKEN: this.#adminToken,
      MILLWRIGHT_SPOOL: this.spool,
      MILLWRIGHT_ENVIRONMENT: environment,
      MILLWRIGHT_BACKENDS: backends,
      SIDECAR_ODOO_KEY: odoo.key,
      SIDECAR_CALLBACK_SECRET: callbackSecret,
      ...(read && { SIDECAR_READ_KEY: read.apiKey }),
    };
  }

  async #listening(child: ChildProcess): Promise<void> {
    const last: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        reject(new Error(`The sidecar ${why}.\n${last.map((line) => `    ${line}`).join('\n')}`));
      };
      const timer = setTimeout(() => {
        fail(`did not listen within ${LISTEN_TIMEOUT_MS / 1000} s`);
      }, LISTEN_TIMEOUT_MS);
      child.once('error', (error) => {
        fail(`could not be started: ${error.message}`);
      });
      child.once('close', (code, signal) => {
        fail(`ended with ${signal ?? code} before it listened`);
      });
      const onLine = (line: string): void => {
        last.push(line);
        if (last.length > 10) last.shift();
        const said = parse(line);
        if (said['message'] !== 'listening') return;
        this.#port = Number(said['port']);
        this.#adminPort = Number(said['admin_port']);
        clearTimeout(timer);
        resolve();
      };
      for (const stream of [child.stdout, child.stderr])
        if (stream) createInterface({ input: stream }).on('line', onLine);
    });
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // not a log line of the sidecar: a warning of Node, a stack
  }
}
