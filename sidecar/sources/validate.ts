import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { Contract } from '../contract.ts';

// The package is CommonJS: its default export is the module itself to TypeScript, the function to Node.
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => Ajv2020;

/** Null when the payload is what the contract promises, else what was expected where; no values of the payload. */
export type PayloadCheck = (event: string, payload: unknown) => string | null;

export function createPayloadCheck(contract: Contract): PayloadCheck {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats(ajv);
  const checks = new Map<string, ValidateFunction>();
  for (const [name, rule] of Object.entries(contract.events)) checks.set(name, ajv.compile(rule.schema));
  return (event, payload) => {
    const check = checks.get(event);
    if (check === undefined) return 'the contract has no such event';
    if (check(payload)) return null;
    return (check.errors ?? [])
      .map((e) => `event${e.instancePath.replaceAll('/', '.')}: ${e.message ?? e.keyword}`)
      .join('; ');
  };
}
