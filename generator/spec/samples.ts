import schema from './sample-schema.json' with { type: 'json' };
import { load } from './load.ts';
import type { Report } from './report.ts';
import { compileSchema } from './validate.ts';

/** One delivery of the product, and the commands that it has to become: `sample-schema.json` says what each key means. */
export interface Sample {
  readonly event: string;
  readonly payload: unknown;
  readonly fetched?: Readonly<Record<string, unknown>>;
  readonly gives: readonly SampleCommand[];
  readonly ignored?: Readonly<Record<string, string>>;
}

export interface SampleCommand {
  readonly flow: string;
  readonly input: string;
  readonly operation: string;
  readonly key?: string;
  readonly plant?: string;
  readonly version?: string;
  readonly fields?: Readonly<Record<string, SampleValue>>;
  readonly columns?: Readonly<Record<string, string | null>>;
  readonly ends?: string;
  readonly held?: string;
}

export type SampleValue = string | null | readonly Readonly<Record<string, string | null>>[];

/** A sample as read: its name, a report that points into its file, and nothing more when it cannot be used. */
export interface LoadedSample {
  /** As the spec names it. */
  readonly path: string;
  readonly report: Report;
  readonly sample?: Sample;
}

let known: ReturnType<typeof compileSchema> | undefined;

/** Reads one sample, which is JSON, with the care that a spec is read with. `file` is what messages call it. */
export function loadSample(path: string, text: string, file: string): LoadedSample {
  const { report, data } = load(text, file);
  if (data === undefined) return { path, report };
  known ??= compileSchema(schema);
  const sample = known(data, report) as Sample | undefined;
  return sample === undefined || report.failed ? { path, report } : { path, report, sample };
}
