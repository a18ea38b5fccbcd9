/**
 * The cases of the language: a flow of a spec, deliveries, and what the runtime makes of them. This side keeps the
 * contracts, the runtime's tests plan the deliveries under them. After a deliberate change of a contract:
 *
 *     node test/generator/helpers/language.ts --write
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { generateText } from './specs.ts';

const FOLDER = 'odoo_addon/millwright/tests/fixtures/contract';
const CONTRACTS = `${FOLDER}/language_contracts.json`;

export interface Case {
  readonly name: string;
  readonly points: readonly number[];
  readonly spec: { kind: string; flow?: object; input: object; fields: object };
}

export const CASES = JSON.parse(readFileSync(`${FOLDER}/language.json`, 'utf8')) as readonly Case[];

export function committed(): Record<string, unknown> {
  return JSON.parse(readFileSync(CONTRACTS, 'utf8')) as Record<string, unknown>;
}

/** A spec around the flow of a case; JSON is YAML. */
export function specOf({ spec }: Case): string {
  const { kind, flow, input, fields } = spec;
  const usage = {
    title: 'Usage',
    kind,
    lane: 'standard',
    delay_budget: '5m',
    plant: [{ only: true }],
    inputs: { said: input },
    fields,
    ...flow,
  };
  const document = {
    millwright: 1,
    connector: { code: 'acme', title: 'Acme', version: '1.0.0', odoo: '19.0' },
    source: {
      verify: {
        profile: 'hmac',
        algorithm: 'sha256',
        header: 'X-Sign',
        encoding: 'hex',
        signs: ['body'],
        timestamp: 'none',
      },
      event_name: { header: 'X-Event' },
      read: { auth: { profile: 'header', header: 'X-Token' } },
      events: {
        E: {
          subject: 'thing/{event.id}',
          time: 'event.at',
          identity: ['event.id', 'event.at'],
          required: { 'event.id': 'text' },
          fetch: [
            { as: 'statuses', get: '/statuses' },
            { as: 'asset', get: '/assets/{event.id}', missing: 'skip' },
          ],
        },
      },
    },
    flows: { usage },
  };
  return JSON.stringify(document, null, 1);
}

export function contractOf(item: Case): unknown {
  const text = generateText(specOf(item)).files.get('contract.json') ?? '';
  return (JSON.parse(text) as { flows: { usage: unknown } }).flows.usage;
}

if (process.argv.includes('--write')) {
  const lines = CASES.map((item) => `  ${JSON.stringify(item.name)}: ${JSON.stringify(contractOf(item))}`);
  writeFileSync(CONTRACTS, `{\n${lines.join(',\n')}\n}\n`);
}
