import { OutputError, SpecError } from './errors.ts';
import type { AddonModel } from './model/addon.ts';
import { buildAddon } from './model/build.ts';
import { buildContract } from './model/contract.ts';
import type { Contract } from './model/contract.ts';
import { diffContracts, NO_RENAMES, renamesOf } from './model/diff/diff.ts';
import type { Change, Renames } from './model/diff/diff.ts';
import { readContract } from './model/diff/read.ts';
import { lockText, readLock } from './model/lock/lock.ts';
import type { Lock } from './model/lock/lock.ts';
import { advance, release } from './model/lock/state.ts';
import { load } from './spec/load.ts';
import type { Spec } from './spec/types.ts';
import { validateSchema } from './spec/validate.ts';
import { checkMeaning } from './model/checks/index.ts';
import { checkSamples } from './model/checks/samples.ts';
import type { ReadSample, Samples } from './model/checks/samples.ts';
import { checkRelease } from './model/checks/release.ts';
import type { OdooModels } from './odoo/models.ts';
import { renderAddon } from './render/render.ts';
import type { Files } from './render/render.ts';

export { OutputError, REMEDIES, SpecError } from './errors.ts';
export type { Code, OutputCode, Problem } from './errors.ts';
export { compare, compareFile } from './output/check.ts';
export type { Difference } from './output/check.ts';
export { write, writeText } from './output/write.ts';
export type { Written } from './output/write.ts';
export type { Change } from './model/diff/diff.ts';
export { REFERENCE, specReference } from './spec/reference.ts';
export { starterSpec } from './spec/starter.ts';
export { maskSecrets } from './spec/secrets.ts';
export { MODELS, keepModel, modelsText } from './odoo/models.ts';
export type { OdooModels } from './odoo/models.ts';
export { shippedModels } from './odoo/shipped.ts';
export type { Files } from './render/render.ts';

/** A spec and what it is called: the file in messages, the path in generated files (relative, with `/`). */
export interface SpecText {
  readonly text: string;
  readonly file: string;
  readonly path: string;
  /** The text of the lock that stands beside it; left out when there is none yet. */
  readonly lock?: string;
  /** What the models of the Odoo are like that the addon is for; left out for Odoo 19 as it comes. */
  readonly odoo?: OdooModels;
  /** Gives the text of a sample that the spec names; left out where there are none. */
  readonly readSample?: ReadSample;
}

export interface Addon {
  /** The addon's folder name. */
  readonly module: string;
  readonly hash: string;
  readonly files: Files;
  /** The text that the lock beside the spec has to have. */
  readonly lock: string;
}

/** Checks a spec, against its lock too, and throws SpecError with every problem, or OutputError for a lock that is none. */
export function validate(source: SpecText): Spec {
  return check(source).spec;
}

/** From a spec and its lock to the files of its addon; the same texts give the same bytes. Throws as `validate` does. */
export function generate(source: SpecText): Addon {
  const { addon, lock } = build(source);
  return { module: addon.module, hash: addon.hash, files: renderAddon(addon), lock: lockText(lock) };
}

/**
 * The text of the lock once what it says now is released: from then on it changes only with a higher version.
 * Throws as `validate` does, and OutputError when the lock is not that of the spec.
 */
export function releaseLock(source: SpecText): { readonly version: string; readonly lock: string } {
  const { lock } = build(source);
  if (source.lock !== lockText(lock))
    throw new OutputError(
      'lock-stale',
      'the lock is not what the spec makes of it',
      [],
      'run generate, look at what it changed, commit it, then release',
    );
  return { version: lock.current.version, lock: lockText(release(lock)) };
}

/** Every change from one spec, or `contract.json`, to another, each judged; the worst first. Throws as `validate` does. */
export function diff(before: SpecText, after: SpecText): Change[] {
  const old = versionOf(before);
  const now = versionOf(after);
  return diffContracts(old.contract, now.contract, now.renames);
}

function versionOf(source: SpecText): { contract: Contract; renames: Renames } {
  if (source.file.endsWith('.json')) return { contract: readContract(source.text), renames: NO_RENAMES };
  const { spec } = check({ ...source, lock: undefined }); // what was released is another question
  return { contract: buildContract(spec), renames: renamesOf(spec) };
}

function build(source: SpecText): { addon: AddonModel; lock: Lock } {
  const { spec, lock: former, samples } = check(source);
  const contract = buildContract(spec);
  const lock = advance(former, spec, contract.hash);
  return { addon: buildAddon(spec, source.path, contract, lock, samples.found), lock };
}

/** A lock that is not looked at may be said to be undefined. */
type Source = Omit<SpecText, 'lock'> & { readonly lock?: string | undefined };

function check(source: Source): { spec: Spec; lock: Lock | undefined; samples: Samples } {
  const { report, data } = load(source.text, source.file);
  const spec = data === undefined ? undefined : validateSchema(data, report);
  if (spec === undefined) throw new SpecError(report.sorted());
  checkMeaning(spec, report, source.odoo);
  const samples = checkSamples(spec, source.file, source.readSample ?? (() => undefined), report);
  const known = source.lock !== undefined && !report.isBroken(['connector', 'code']);
  const lock = known ? readLock(source.lock, spec.connector.code) : undefined;
  checkRelease(spec, lock, report);
  const problems = [...report.sorted(), ...samples.problems];
  if (problems.length > 0) throw new SpecError(problems);
  return { spec, lock, samples };
}
