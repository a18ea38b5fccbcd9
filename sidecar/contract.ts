import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

/* What the sidecar reads of contract.json (docs/architecture.md §3), in the spelling of the file. */

export interface Condition {
  path: string;
  equals?: unknown;
  in?: unknown[];
  present?: boolean;
  equals_path?: string;
}

export interface HmacVerify {
  profile: 'hmac';
  algorithm: 'sha256' | 'sha1' | 'sha512';
  header: string;
  encoding: 'hex' | 'base64';
  key: 'plain' | 'hex' | 'base64';
  signs: 'body'[];
  timestamp: 'none';
}

export interface FetchRead {
  as: string;
  method: 'GET' | 'POST';
  path: string;
  unless: string[];
  when: Condition[];
  until: Condition[];
  /** What a 404 means: come again, wait for a person, or go on without (`fetched.<as>` is null). */
  missing: 'retry' | 'hold' | 'skip';
}

export interface EventRule {
  origin: 'callback' | 'read';
  flows: string[];
  lane: string;
  subject: string[];
  time: string[];
  identity: string[];
  schema: Record<string, unknown>;
  fetch: FetchRead[];
}

export interface PageRule {
  style: 'number';
  field: string;
  size_field: string;
  size: number;
  first: number;
  items: string[];
  last: string[];
}

export interface ScheduledRead {
  every_seconds: number;
  method: 'GET' | 'POST';
  path: string;
  body: Record<string, unknown> | null;
  page: PageRule | null;
}

export interface Contract {
  contract: 1;
  hash: string;
  connector: { code: string; title: string; version: string; odoo: string };
  source: {
    verify: HmacVerify;
    event_name: { header: string };
    read: { auth: { profile: 'header'; header: string } } | null;
  };
  events: Record<string, EventRule>;
  reads: Record<string, ScheduledRead>;
}

export class ContractError extends Error {
  override name = 'ContractError';
  readonly code = 'contract_invalid';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const paths = { type: 'array', items: { type: 'string', minLength: 1 } };
const conditions = {
  type: 'array',
  items: {
    type: 'object',
    required: ['path'],
    properties: {
      path: { type: 'string' },
      in: { type: 'array' },
      present: { type: 'boolean' },
      equals_path: { type: 'string' },
    },
    minProperties: 2,
    maxProperties: 2,
  },
};
const header = { type: 'string', pattern: '^[a-z0-9-]+$' };
const object = (required: string[], properties: Record<string, unknown>) => ({
  type: 'object',
  required,
  properties,
});

const fetchRead = object(['as', 'method', 'path', 'unless', 'when', 'until', 'missing'], {
  as: { type: 'string' },
  method: { enum: ['GET', 'POST'] },
  path: { type: 'string', pattern: '^/' },
  unless: paths,
  when: conditions,
  until: conditions,
  missing: { enum: ['retry', 'hold', 'skip'] },
});

const eventRule = object(['origin', 'flows', 'lane', 'subject', 'time', 'identity', 'schema', 'fetch'], {
  origin: { enum: ['callback', 'read'] },
  flows: paths,
  lane: { enum: ['critical', 'standard', 'batch'] },
  subject: { ...paths, minItems: 1 },
  time: paths,
  identity: { ...paths, minItems: 1 },
  schema: { type: 'object' },
  fetch: { type: 'array', items: fetchRead },
});

const pageRule = object(['style', 'field', 'size_field', 'size', 'first', 'items', 'last'], {
  style: { const: 'number' },
  size: { type: 'integer', minimum: 1 },
  first: { type: 'integer' },
  items: paths,
  last: paths,
});

const scheduledRead = object(['every_seconds', 'method', 'path'], {
  every_seconds: { type: 'integer', minimum: 1 },
  method: { enum: ['GET', 'POST'] },
  path: { type: 'string', pattern: '^/' },
  body: { type: ['object', 'null'] },
  page: { anyOf: [{ type: 'null' }, pageRule] },
});

/** Signing schemes this sidecar cannot check are refused here, not at the first callback. */
const verify = {
  ...object(['profile', 'algorithm', 'header', 'encoding', 'key', 'signs', 'timestamp'], {
    profile: { const: 'hmac' },
    algorithm: { enum: ['sha256', 'sha1', 'sha512'] },
    header,
    encoding: { enum: ['hex', 'base64'] },
    key: { enum: ['plain', 'hex', 'base64'] },
    signs: { const: ['body'] },
    timestamp: { const: 'none' },
  }),
  additionalProperties: false,
};

const contractSchema = object(['contract', 'hash', 'connector', 'source', 'events', 'reads'], {
  contract: { const: 1 },
  hash: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  connector: object(['code', 'title', 'version', 'odoo'], {
    code: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' },
    version: { type: 'string' },
  }),
  source: object(['verify', 'event_name'], {
    verify,
    event_name: { ...object(['header'], { header }), additionalProperties: false },
    read: {
      anyOf: [
        { type: 'null' },
        object(['auth'], { auth: object(['profile', 'header'], { profile: { const: 'header' }, header }) }),
      ],
    },
  }),
  events: { type: 'object', additionalProperties: eventRule },
  reads: { type: 'object', additionalProperties: scheduledRead },
});

/** Reads and checks the file; throws ContractError with every problem found. */
export function loadContract(path: string): Contract {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ContractError([
      `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
  return checkContract(document, path);
}

/** Pure part of `loadContract`; `where` stands at the start of each problem. */
export function checkContract(document: unknown, where: string): Contract {
  const check = new Ajv2020({ allErrors: true, strict: false }).compile<Contract>(contractSchema);
  if (!check(document)) {
    const problems = (check.errors ?? []).map(
      (e) => `${where}: ${e.instancePath || '/'}: ${e.message ?? e.keyword}`,
    );
    throw new ContractError(problems);
  }
  const problems = Object.keys(document.reads)
    .filter((name) => document.events[name]?.origin !== 'read')
    .map((name) => `${where}: /reads/${name}: expected an event of the same name with origin "read"`);
  const hash = contractHash(document);
  if (hash !== document.hash) {
    problems.push(
      `${where}: /hash: found ${document.hash}, the content gives ${hash}; generate the connector again`,
    );
  }
  if (problems.length > 0) throw new ContractError(problems);
  return { ...document, source: { ...document.source, read: document.source.read ?? null } };
}

export function contractHash(document: object): string {
  const content = canonicalJson({ ...document, hash: undefined });
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Keys sorted by code unit, no blanks, nothing escaped that JSON does not ask for. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
}
