import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { checkContract, type Contract } from '../../sidecar/contract.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** One HTTP delivery as the product sent it; see test/fixtures/webhooks/README.md. */
export interface Sample {
  file: string;
  event: string;
  headers: Record<string, string>;
  raw_body: string;
  secret: string;
  expect: { verify: 'accept' | 'reject' };
  fetch?: { method: string; path: string; status: number; body: unknown }[];
}

export function loadSamples(product: string): Sample[] {
  const folder = new URL(`webhooks/${product}/`, FIXTURES);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ ...(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Sample), file }));
}

export function loadSample(product: string, name: string): Sample {
  const found = loadSamples(product).find(({ file }) => file === `${name}.json`);
  if (!found) throw new Error(`no sample ${product}/${name}`);
  return found;
}

export function contractPath(name: string): string {
  return new URL(`contracts/${name}.json`, FIXTURES).pathname;
}

export function loadFixtureContract(name: string): Contract {
  return checkContract(JSON.parse(readFileSync(contractPath(name), 'utf8')), name);
}

export const ATLAS_SECRET = 'whsec_test-0000000000000000000000000000';
export const ACME_SECRET = Buffer.from('acme-secret-bytes-0001').toString('base64');

/** Headers of an Atlas callback with a right signature. */
export function signAtlas(event: string, raw: string, secret = ATLAS_SECRET): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-webhook-event': event,
    'x-webhook-signature': createHmac('sha256', secret).update(raw).digest('hex'),
  };
}

export function signAcme(event: string, raw: string): Record<string, string> {
  const signature = createHmac('sha512', Buffer.from(ACME_SECRET, 'base64')).update(raw).digest('base64');
  return { 'content-type': 'application/json', 'acme-kind': event, 'acme-hash': signature };
}

/** A movement of a part on a work order; every `index` is another event. */
export function movement(index: number, workOrder = 5120): { event: string; raw: string } {
  const at = new Date(Date.parse('2026-09-03T10:00:00Z') + index).toISOString();
  const values = `"previousQuantity":39.0,"newQuantity":37.0,"changedAmount":-2.0`;
  return {
    event: 'PART_QUANTITY_CHANGED',
    raw: `{"partId":88,"partName":"Tension spring","workOrderId":${workOrder},${values},"companyId":7,"occurredAt":"${at}"}`,
  };
}

/** The contract of a committed connector. */
export function loadProductContract(code: string): Contract {
  return checkContract(JSON.parse(readFileSync(productContractPath(code), 'utf8')), code);
}

export function productContractPath(code: string): string {
  return new URL(`../../odoo_addon/millwright_${code}/contract.json`, import.meta.url).pathname;
}
