import { OutputError } from '../../errors.ts';
import { contractHash } from '../canonical-json.ts';
import type { Contract } from '../contract.ts';

/** Reads a `contract.json`. Throws OutputError when it is none, or was changed by hand. */
export function readContract(text: string): Contract {
  try {
    const { hash, ...doc } = JSON.parse(text) as Contract;
    if (doc['contract'] === 1 && contractHash(doc) === hash) return { ...doc, hash };
  } catch (error) {
    if (!(error instanceof Error)) throw error; // no JSON, or values that no contract holds: neither is one
  }
  throw new OutputError(
    'contract-broken',
    'this is no contract, or it was changed by hand',
    [],
    'generate it again',
  );
}
