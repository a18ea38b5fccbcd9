import { SpecError } from './errors.ts';
import { buildAddon } from './model/build.ts';
import { load } from './spec/load.ts';
import type { Report } from './spec/report.ts';
import type { Spec } from './spec/types.ts';
import { validateSchema } from './spec/validate.ts';
import { checkMeaning } from './model/checks/index.ts';
import { renderAddon } from './render/render.ts';
import type { Files } from './render/render.ts';

export { OutputError, REMEDIES, SpecError } from './errors.ts';
export type { Code, OutputCode, Problem } from './errors.ts';
export { compare } from './output/check.ts';
export type { Difference } from './output/check.ts';
export { write } from './output/write.ts';
export type { Written } from './output/write.ts';
export { maskSecrets } from './spec/secrets.ts';
export type { Files } from './render/render.ts';

/** A spec and what it is called: the file in messages, the path in generated files (relative, with `/`). */
export interface SpecText {
  readonly text: string;
  readonly file: string;
  readonly path: string;
}

export interface Addon {
  /** The addon's folder name. */
  readonly module: string;
  readonly hash: string;
  readonly files: Files;
}

/** Checks a spec and throws SpecError with every problem. */
export function validate(source: SpecText): Spec {
  const { spec, report } = check(source);
  if (spec === undefined || report.failed) throw new SpecError(report.sorted());
  return spec;
}

/** From a spec to the files of its addon; the same text gives the same bytes. Throws SpecError. */
export function generate(source: SpecText): Addon {
  const addon = buildAddon(validate(source), source.path);
  return { module: addon.module, hash: addon.hash, files: renderAddon(addon) };
}

function check(source: SpecText): { spec: Spec | undefined; report: Report } {
  const { report, data } = load(source.text, source.file);
  if (data === undefined) return { spec: undefined, report };
  const spec = validateSchema(data, report);
  if (spec !== undefined) checkMeaning(spec, report);
  return { spec, report };
}
