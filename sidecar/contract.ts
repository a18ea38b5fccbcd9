import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { withDefaults } from './contract-defaults.ts';
import { CONTRACT_SCHEMA } from './contract-schema.ts';
import type { Contract, Scheme } from './contract-types.ts';

export type * from './contract-types.ts';
export type * from './contract-writes.ts';

export class ContractError extends Error {
  override name = 'ContractError';
  readonly code = 'contract_invalid';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

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
  const check = new Ajv2020({ allErrors: true, strict: false }).compile<Contract>(CONTRACT_SCHEMA);
  const contract = withDefaults(document);
  if (!check(contract)) {
    const problems = (check.errors ?? [])
      .filter(({ keyword }) => keyword !== 'if')
      .map((e) => `${where}: ${e.instancePath || '/'}: ${e.message ?? e.keyword}`);
    throw new ContractError(problems);
  }
  const problems = Object.keys(contract.reads)
    .filter((name) => contract.events[name]?.origin !== 'read')
    .map((name) => `${where}: /reads/${name}: expected an event of the same name with origin "read"`);
  const { verify } = contract.source;
  if (!verify.some(({ weak }) => weak !== null) && !verify.some(isStrong))
    problems.push(`${where}: /source/verify: nothing here signs the body or carries a secret; say "weak"`);
  const hash = contractHash(document as object);
  if (hash !== contract.hash) {
    problems.push(
      `${where}: /hash: found ${contract.hash}, the content gives ${hash}; generate the connector again`,
    );
  }
  if (problems.length > 0) throw new ContractError(problems);
  return contract;
}

/** Whether a scheme proves by itself who sent these very bytes, or at least that the sender knows a secret (over TLS). */
function isStrong(scheme: Scheme): boolean {
  if (['basic', 'bearer', 'header', 'jwt'].includes(scheme.profile)) return true;
  if (scheme.profile !== 'hmac') return false;
  return scheme.message.includes('body') && ['sha256', 'sha512'].includes(scheme.algorithm);
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
