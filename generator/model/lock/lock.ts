import { OutputError } from '../../errors.ts';
import type { ColumnType, OwnFieldType } from '../../spec/types.ts';

/** What stands beside a spec: its names, what was released of it, and how each release is reached from the one before. */
export interface Lock {
  readonly lock: 1;
  readonly connector: string;
  /** Oldest first; a release never changes. */
  readonly released: readonly State[];
  /** What the spec says now; the last release itself until the version rises. */
  readonly current: State;
}

/** The names one version has in a database, and the steps that lead there from the release before. */
export interface State {
  readonly version: string;
  readonly hash: string;
  readonly flows: Readonly<Record<string, FlowNames>>;
  readonly xml_ids: readonly string[];
  readonly migration: readonly Step[];
}

export interface FlowNames {
  readonly kind: string;
  readonly model: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Fields that the flow adds to its record; left out when there are none. */
  readonly record_fields?: Readonly<Record<string, OwnFieldType>>;
}

export type Step =
  | { readonly step: 'rename_flow'; readonly flow: string; readonly to: string }
  | { readonly step: 'rename_column'; readonly flow: string; readonly column: string; readonly to: string }
  | {
      readonly step: 'retype_column';
      readonly flow: string;
      readonly column: string;
      readonly to: ColumnType;
    }
  | { readonly step: 'archive_column'; readonly flow: string; readonly column: string }
  | { readonly step: 'archive_flow'; readonly flow: string }
  | {
      readonly step: 'rename_record_field';
      readonly flow: string;
      readonly field: string;
      readonly to: string;
    }
  | { readonly step: 'archive_record_field'; readonly flow: string; readonly field: string };

export function lockText(lock: Lock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Reads a lock. Throws OutputError when it is none, or that of another connector. */
export function readLock(text: string, connector: string): Lock {
  const lock = parse(text);
  if (!isLock(lock)) throw broken('is no lock of this generator');
  if (lock.connector !== connector)
    throw new OutputError(
      'lock-foreign',
      `the lock beside the spec is that of connector ${JSON.stringify(lock.connector)}, the spec says ${JSON.stringify(connector)}`,
      [],
      'keep the code of a released connector; a new connector starts with a file of another name',
    );
  return lock;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw broken('is no JSON');
  }
}

function broken(what: string): OutputError {
  return new OutputError(
    'lock-broken',
    `the lock beside the spec ${what}`,
    [],
    'restore it from version control',
  );
}

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const VERSION = /^\d{1,5}\.\d{1,5}\.\d{1,5}$/;
const TYPES: readonly unknown[] = ['text', 'integer', 'decimal', 'boolean', 'datetime', 'date'];
/** The keys of each step beside `step`, and what each holds. */
const STEPS: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  rename_flow: { flow: isName, to: isName },
  rename_column: { flow: isName, column: isName, to: isName },
  retype_column: { flow: isName, column: isName, to: (value) => TYPES.includes(value) },
  archive_column: { flow: isName, column: isName },
  archive_flow: { flow: isName },
  rename_record_field: { flow: isName, field: isName, to: isName },
  archive_record_field: { flow: isName, field: isName },
};

/** The file may have been edited or merged by hand: its names become Python and SQL, so every one is looked at. */
function isLock(value: unknown): value is Lock {
  if (!isObject(value) || value['lock'] !== 1 || !isName(value['connector'])) return false;
  const { released, current } = value;
  return Array.isArray(released) && released.every(isState) && isState(current);
}

function isState(value: unknown): value is State {
  if (!isObject(value)) return false;
  const { version, hash, flows, xml_ids, migration } = value;
  return (
    matches(version, VERSION) &&
    matches(hash, /^sha256:[0-9a-f]{64}$/) &&
    isObject(flows) &&
    Object.entries(flows).every(([name, flow]) => isName(name) && isFlow(flow)) &&
    Array.isArray(xml_ids) &&
    xml_ids.every((id) => matches(id, /^[a-z][a-z0-9_]*$/)) &&
    Array.isArray(migration) &&
    migration.every(isStep)
  );
}

function isFlow(value: unknown): value is FlowNames {
  if (!isObject(value)) return false;
  const { kind, model, columns, record_fields: added = {} } = value;
  return (
    isName(kind) &&
    matches(model, /^millwright\.[a-z0-9_]+\.[a-z0-9_]+$/) &&
    isObject(columns) &&
    Object.entries(columns).every(([name, type]) => isName(name) && TYPES.includes(type)) &&
    isObject(added) &&
    Object.entries(added).every(([name, type]) => isName(name) && [...TYPES, 'selection'].includes(type))
  );
}

function isStep(value: unknown): value is Step {
  if (!isObject(value) || typeof value['step'] !== 'string' || !Object.hasOwn(STEPS, value['step']))
    return false;
  const keys = STEPS[value['step']] ?? {};
  const given = Object.keys(value).filter((key) => key !== 'step');
  return (
    given.length === Object.keys(keys).length &&
    Object.entries(keys).every(([key, fits]) => Object.hasOwn(value, key) && fits(value[key]))
  );
}

function isName(value: unknown): value is string {
  return matches(value, NAME);
}

function matches(value: unknown, shape: RegExp): value is string {
  return typeof value === 'string' && shape.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
