import { validate } from '../generator/index.ts';
import type { Streams } from './print.ts';
import { readSpec } from './spec-file.ts';

/** `millwright validate`: 0 when the spec is sound; throws SpecError otherwise. */
export function validateCommand(file: string, json: boolean, streams: Streams): number {
  const spec = validate(readSpec(file));
  const flows = Object.keys(spec.flows);
  if (json)
    streams.out(`${JSON.stringify({ valid: true, connector: spec.connector.code, flows, problems: [] })}\n`);
  else streams.out(`${file}: sound; ${spec.connector.title} with the flows ${flows.join(', ')}\n`);
  return 0;
}
