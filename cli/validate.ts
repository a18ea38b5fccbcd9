import { validate } from '../generator/index.ts';
import { withOdoo } from './against.ts';
import type { AgainstOptions } from './against.ts';
import type { Streams } from './print.ts';
import { readSpec } from './spec-file.ts';

export interface ValidateOptions extends AgainstOptions {
  readonly json?: boolean;
}

/** `millwright validate`: 0 when the spec is sound; throws SpecError otherwise. */
export async function validateCommand(
  file: string,
  { json = false, ...against }: ValidateOptions,
  streams: Streams,
): Promise<number> {
  const spec = validate(await withOdoo(readSpec(file), against));
  const flows = Object.keys(spec.flows);
  if (json)
    streams.out(`${JSON.stringify({ valid: true, connector: spec.connector.code, flows, problems: [] })}\n`);
  else streams.out(`${file}: sound; ${spec.connector.title} with the flows ${flows.join(', ')}\n`);
  return 0;
}
