import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One recorded REST answer of the product. */
export interface RecordedRead {
  method: string;
  path: string;
  status: number;
  body: unknown;
}

/** One recorded delivery; the fields are described beside the recordings. */
export interface Sample {
  name: string;
  event: string;
  headers: Record<string, string>;
  raw_body: string;
  secret: string;
  received_at: string;
  expect: { verify: 'accept' | 'reject'; [key: string]: unknown };
  fetch?: RecordedRead[];
}

/** All recordings of a folder, in the order in which they were received. */
export function loadSamples(folder: string): Sample[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const sample = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Sample, 'name'>;
      return { ...sample, name: file.slice(0, -'.json'.length) };
    })
    .sort((a, b) => compare(a.received_at, b.received_at) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
