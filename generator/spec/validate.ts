import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject } from 'ajv/dist/2020.js';

import schema from './schema.json' with { type: 'json' };
import { brokenAt, describe } from './schema-problems.ts';
import { prune } from './prune.ts';
import type { Report } from './report.ts';
import type { Spec } from './types.ts';

// Compiling is most of what a small spec takes: our own schema is not checked here (a test does), and its code is not made shorter.
const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  ownProperties: true,
  validateSchema: false,
  code: { optimize: false },
});
/** More rounds than a spec has levels: each takes away what the last one refused. */
const MAX_ROUNDS = 12;

/**
 * Checks data against a schema and reports every violation. Returns what of it is sound, so that the
 * checks of meaning can go on with the rest; nothing when too little is left.
 */
export function compileSchema(of: object): (data: unknown, report: Report) => unknown {
  const validates = ajv.compile(of);
  return (data, report) => {
    let rest = data;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (validates(rest)) return rest;
      const errors = withoutFollowers(validates.errors ?? []);
      for (const error of errors) {
        if (report.isFull) return undefined;
        if (round === 0) describe(error, report);
        report.markBroken(brokenAt(error));
      }
      if (round === 0) rest = structuredClone(data); // what is refused is taken out of a copy
      if (!errors.every((error) => prune(rest, error))) return undefined;
    }
    return undefined;
  };
}

const ofSpecs = compileSchema(schema);

/** The spec that data are, as far as they are sound. */
export function validateSchema(data: unknown, report: Report): Spec | undefined {
  return ofSpecs(data, report) as Spec | undefined;
}

/** Drops what ajv says only because of another error. */
function withoutFollowers(errors: readonly ErrorObject[]): ErrorObject[] {
  return errors.filter(({ keyword }) => keyword !== 'propertyNames' && keyword !== 'if');
}
