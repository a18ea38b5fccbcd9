import type { ErrorObject } from 'ajv/dist/2020.js';

import { pathOf } from './schema-problems.ts';
import type { Path } from './report.ts';

/** What stands in for a refused or missing value that the checks of meaning do not look at. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  title: 'title',
  version: 'event',
  occurred_at: 'event',
  lane: 'standard',
  delay_budget: '5m',
  every: '5m',
  plant: [{ only: true }],
  inputs: {},
  subject: 'subject',
  time: 'event',
  identity: ['event'],
  required: {},
  type: 'text',
  code: 'x',
  odoo: '19.0',
  algorithm: 'sha256',
  encoding: 'hex',
  header: 'x',
  signs: ['body'],
  timestamp: 'none',
  path: '/',
  get: '/',
  millwright: 1,
};

/** Takes what an error is about out of the data. Returns false when nothing can be left. */
export function prune(data: unknown, error: ErrorObject): boolean {
  const path = pathOf(error);
  const missing = (error.params as { missingProperty?: string }).missingProperty;
  if (error.keyword !== 'required' || missing === undefined) return remove(data, path);
  const owner = walk(data, path);
  if (owner === undefined) return true; // taken out already for another reason
  if (!(missing in STAND_INS) || Array.isArray(owner)) return remove(data, path);
  owner[missing] = standIn(path, missing);
  return true;
}

function standIn(path: Path, key: string): unknown {
  return key === 'version' && path[0] === 'connector' ? '0.0.0' : structuredClone(STAND_INS[key]);
}

function remove(data: unknown, path: Path): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  const owner = walk(data, path.slice(0, -1));
  if (owner === undefined) return true;
  // a list keeps its indexes, or later messages would point beside the mark: it goes as a whole
  if (Array.isArray(owner)) return remove(data, path.slice(0, -1));
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the data is a plain tree read from YAML
  delete owner[String(last)];
  return true;
}

function walk(data: unknown, path: Path): Record<string, unknown> | undefined {
  let node = data;
  for (const step of path) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = (node as Record<string, unknown>)[String(step)];
  }
  return typeof node === 'object' && node !== null ? (node as Record<string, unknown>) : undefined;
}
