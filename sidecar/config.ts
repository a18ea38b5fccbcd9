import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** Holds a secret so that printing, logging or serialising it shows nothing. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The only way to the text; call it where the secret is used, keep no copy. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
  [inspect.custom](): string {
    return '[redacted]';
  }
}

/** A secret and where it was looked for; `secret` is null when the place is empty. */
export interface SecretSlot {
  from: string;
  secret: Secret | null;
}

/** A secret of callbacks and what it is for; null counts for everything. */
export interface CallbackSlot extends SecretSlot {
  name: string | null;
  event: string | null;
  /** No longer taken from then on, in milliseconds since the epoch. */
  until: number | null;
}

export interface BackendConfig {
  code: string;
  contract: string;
  odoo: { url: string; database: string; api_key: SecretSlot };
  callback_secrets: CallbackSlot[];
  /** Under which address senders reach `/callbacks/<code>`; for signatures over the address. */
  public_url: string | null;
  /** A header in which an own proxy says where the call came from; null: the connection's own address counts. */
  address_header: string | null;
  read: ProductAccess | null;
  /** With what records may be written to the product; null: the credential is for reads alone. */
  write: ProductAccess | null;
}

export interface ProductAccess {
  base_url: string;
  login_url: string | null;
  credential: SecretSlot;
}

export interface Config {
  host: string;
  port: number;
  adminPort: number;
  /** Null: the admin port stays closed. */
  adminToken: Secret | null;
  spool: string;
  environment: string;
  keepDeliveredDays: number;
  /** Between two looks into an empty outbox. */
  outboxPollSeconds: number;
  backends: BackendConfig[];
}

export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly code = 'config_invalid';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const DEFAULTS = {
  MILLWRIGHT_SIDECAR_HOST: '127.0.0.1',
  MILLWRIGHT_SIDECAR_PORT: '8787',
  MILLWRIGHT_SIDECAR_ADMIN_PORT: '8788',
  MILLWRIGHT_ENVIRONMENT: 'production',
  MILLWRIGHT_KEEP_DELIVERED: '7',
  MILLWRIGHT_OUTBOX_POLL: '5',
} as const;
const REQUIRED = ['MILLWRIGHT_SPOOL', 'MILLWRIGHT_BACKENDS'] as const;
const OPTIONAL = ['MILLWRIGHT_SIDECAR_ADMIN_TOKEN'] as const;
const PREFIX = 'MILLWRIGHT_';
const LONGEST_KEEP_DAYS = 3_650;

type Env = Readonly<Record<string, string | undefined>>;
type Report = (problem: string) => void;

/**
 * The only reader of the environment and of the files it names. An empty variable counts as unset. Throws ConfigError with every
 * problem; no message ever holds the value of a secret.
 */
export function loadConfig(env: Env): Config {
  const problems: string[] = [];
  const report: Report = (problem) => problems.push(problem);
  const named = new Set<string>();
  for (const key of REQUIRED) if (!env[key]) report(`${key}: not set`);
  const token = env['MILLWRIGHT_SIDECAR_ADMIN_TOKEN'];
  const config: Config = {
    host: valueOf(env, 'MILLWRIGHT_SIDECAR_HOST'),
    port: integer(env, 'MILLWRIGHT_SIDECAR_PORT', 0, 65_535, report),
    adminPort: integer(env, 'MILLWRIGHT_SIDECAR_ADMIN_PORT', 0, 65_535, report),
    adminToken: token ? new Secret(token) : null,
    spool: env['MILLWRIGHT_SPOOL'] ?? '',
    environment: valueOf(env, 'MILLWRIGHT_ENVIRONMENT'),
    keepDeliveredDays: integer(env, 'MILLWRIGHT_KEEP_DELIVERED', 0, LONGEST_KEEP_DAYS, report),
    outboxPollSeconds: integer(env, 'MILLWRIGHT_OUTBOX_POLL', 1, 3_600, report),
    backends: env['MILLWRIGHT_BACKENDS'] ? loadBackends(env['MILLWRIGHT_BACKENDS'], env, named, report) : [],
  };
  reportUnknownKeys(env, named, report);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function valueOf(env: Env, key: keyof typeof DEFAULTS): string {
  return env[key] || DEFAULTS[key];
}

function integer(env: Env, key: keyof typeof DEFAULTS, min: number, max: number, report: Report): number {
  const text = valueOf(env, key);
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  report(`${key}: found "${text}", expected a whole number from ${min} to ${max}`);
  return 0;
}

function reportUnknownKeys(env: Env, named: ReadonlySet<string>, report: Report): void {
  const known = new Set<string>([...Object.keys(DEFAULTS), ...REQUIRED, ...OPTIONAL, ...named]);
  for (const key of Object.keys(env)) {
    if (!key.startsWith(PREFIX) || known.has(key)) continue;
    const settings = [...Object.keys(DEFAULTS), ...REQUIRED, ...OPTIONAL].join(', ');
    report(`${key}: unknown setting; known are ${settings} and the names that the backends file refers to`);
  }
}

function loadBackends(path: string, env: Env, named: Set<string>, report: Report): BackendConfig[] {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    report(
      `MILLWRIGHT_BACKENDS: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
  const reader = new FileReader(path, env, named, report);
  const root = reader.object(document, '/', ['backends']);
  const list = reader.array(root['backends'], '/backends');
  if (list.length === 0) report(`${path}: /backends: expected at least one backend`);
  const backends = list.map((item, index) => reader.backend(item, `/backends/${index}`));
  const codes = backends.map((backend) => backend.code);
  for (const code of new Set(codes.filter((c, i) => c !== '' && codes.indexOf(c) !== i))) {
    report(`${path}: /backends: the code "${code}" is used twice`);
  }
  return backends;
}

/** Turns the parsed backends file into typed values; every finding goes to `report`, the values then do not matter. */
class FileReader {
  private readonly path: string;
  private readonly env: Env;
  private readonly named: Set<string>;
  private readonly report: Report;

  constructor(path: string, env: Env, named: Set<string>, report: Report) {
    this.path = path;
    this.env = env;
    this.named = named;
    this.report = report;
  }

  backend(value: unknown, at: string): BackendConfig {
    const keys = [
      'code',
      'contract',
      'odoo',
      'callback_secrets',
      'public_url',
      'address_header',
      'read',
      'write',
    ];
    const item = this.object(value, at, keys);
    const odoo = this.object(item['odoo'], `${at}/odoo`, ['url', 'database', 'api_key']);
    return {
      code: this.text(
        item['code'],
        `${at}/code`,
        /^[a-z0-9][a-z0-9_-]*$/,
        'lower case letters, digits, "-" and "_"',
      ),
      contract: this.text(item['contract'], `${at}/contract`, /./, 'the path of a contract.json'),
      odoo: {
        url: this.url(odoo['url'], `${at}/odoo/url`),
        database: this.text(odoo['database'], `${at}/odoo/database`, /./, 'a database name'),
        api_key: this.requiredSecret(odoo['api_key'], `${at}/odoo/api_key`),
      },
      callback_secrets: this.array(item['callback_secrets'], `${at}/callback_secrets`).map((slot, index) =>
        this.callbackSecret(slot, `${at}/callback_secrets/${index}`),
      ),
      public_url: item['public_url'] === undefined ? null : this.url(item['public_url'], `${at}/public_url`),
      address_header:
        item['address_header'] === undefined
          ? null
          : this.text(
              item['address_header'],
              `${at}/address_header`,
              /^[a-z0-9-]+$/,
              'a header in lower case',
            ),
      read: item['read'] === undefined ? null : this.access(item['read'], `${at}/read`),
      write: item['write'] === undefined ? null : this.access(item['write'], `${at}/write`),
    };
  }

  private access(value: unknown, at: string): ProductAccess {
    const read = this.object(value, at, ['base_url', 'login_url', 'credential']);
    return {
      base_url: this.url(read['base_url'], `${at}/base_url`),
      login_url: read['login_url'] === undefined ? null : this.url(read['login_url'], `${at}/login_url`),
      credential: this.requiredSecret(read['credential'], `${at}/credential`),
    };
  }

  object(value: unknown, at: string, allowed: string[]): Record<string, unknown> {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      this.problem(at, value === undefined ? 'missing, expected an object' : 'expected an object');
      return {};
    }
    for (const key of Object.keys(value)) {
      if (!allowed.includes(key))
        this.problem(at, `unknown key "${key}", expected one of ${allowed.join(', ')}`);
    }
    return value as Record<string, unknown>;
  }

  array(value: unknown, at: string): unknown[] {
    if (Array.isArray(value)) return value;
    this.problem(at, value === undefined ? 'missing, expected a list' : 'expected a list');
    return [];
  }

  private text(value: unknown, at: string, shape: RegExp, expected: string): string {
    if (typeof value === 'string' && shape.test(value)) return value;
    this.problem(at, `${value === undefined ? 'missing' : 'found something else'}, expected ${expected}`);
    return '';
  }

  private url(value: unknown, at: string): string {
    const text = this.text(value, at, /^https?:\/\/[^\s?#]+$/, 'an http or https URL without query');
    const parsed = text !== '' && URL.canParse(text) ? new URL(text) : null;
    if (text !== '' && parsed === null) this.problem(at, 'not a URL');
    if (parsed && (parsed.username || parsed.password)) this.problem(at, 'a URL must not carry a credential');
    return text;
  }

  private requiredSecret(value: unknown, at: string): SecretSlot {
    const slot = this.secret(value, at);
    if (slot.secret === null && slot.from.startsWith('env ')) this.problem(at, `${slot.from} is not set`);
    return slot;
  }

  /** A place of a secret, with `name` of the scheme it is for, `for` the event, `until` the end of a rotation. */
  private callbackSecret(value: unknown, at: string): CallbackSlot {
    const slot = this.object(value, at, ['env', 'file', 'name', 'for', 'until']);
    const { name, for: event, until, ...place } = slot;
    const optional = (key: string, text: unknown, shape: RegExp, expected: string): string | null =>
      text === undefined ? null : this.text(text, `${at}/${key}`, shape, expected);
    const end = optional(
      'until',
      until,
      /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/,
      'a time with its zone, such as 2026-12-01T00:00:00Z',
    );
    const time = end === null ? null : Date.parse(end);
    if (end !== null && end !== '' && Number.isNaN(time))
      this.problem(`${at}/until`, 'there is no such time');
    return {
      ...this.secret(place, at),
      name: optional('name', name, /^[a-z][a-z0-9_]*$/, 'the name that a scheme of the contract has'),
      event: optional('for', event, /./, 'the name of an event'),
      until: time,
    };
  }

  /** `{"env": NAME}` or `{"file": path}`. An unset variable is an empty slot, an unreadable file is a problem. */
  private secret(value: unknown, at: string): SecretSlot {
    const place = this.object(value, at, ['env', 'file']);
    const { env, file } = place;
    if (typeof env === 'string' && file === undefined) {
      this.named.add(env);
      const text = this.env[env];
      return { from: `env ${env}`, secret: text ? new Secret(text) : null };
    }
    if (typeof file === 'string' && env === undefined)
      return { from: `file ${file}`, secret: this.secretFile(file, at) };
    this.problem(
      at,
      'expected {"env": "NAME"} or {"file": "path"}; a secret itself never stands in this file',
    );
    return { from: 'nowhere', secret: null };
  }

  private secretFile(file: string, at: string): Secret | null {
    try {
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (text !== '') return new Secret(text);
      this.problem(at, `${file} is empty`);
    } catch (error) {
      this.problem(at, `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    return null;
  }

  private problem(at: string, text: string): void {
    this.report(`${this.path}: ${at}: ${text}`);
  }
}
