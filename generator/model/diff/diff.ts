import type { Spec } from '../../spec/types.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Json } from '../canonical-json.ts';
import { NAMED, RULES, ruleFor } from './rules.ts';
import type { Grade, Side, Sort, Verdict } from './rules.ts';

export interface Change {
  readonly side: Side;
  readonly grade: Grade;
  /** Place in the contract, under its new names. */
  readonly where: readonly string[];
  readonly what: string;
  readonly why: string;
}

type Doc = { readonly [key: string]: Json };

/** Flows and columns of the newer spec by the name each had before. */
export interface Renames {
  readonly flows: ReadonlyMap<string, string>;
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const NO_RENAMES: Renames = { flows: new Map(), columns: new Map() };

export function renamesOf(spec: Spec): Renames {
  const of = (items: Readonly<Record<string, { readonly renamed_from?: string }>>): Map<string, string> =>
    new Map(
      Object.entries(items).flatMap(([name, { renamed_from: from }]) =>
        from === undefined ? [] : [[from, name] as const],
      ),
    );
  const columns = Object.entries(spec.flows).map(([name, flow]) => [name, of(flow.columns ?? {})] as const);
  return { flows: of(spec.flows), columns: new Map(columns) };
}

/** Every change from one contract to another, each judged; the worst first, then by place. */
export function diffContracts(before: Doc, after: Doc, renames: Renames): Change[] {
  const changes: Change[] = [];
  const flows = renamed(docOf(before['flows']), docOf(after['flows']), renames.flows, ['flows'], changes);
  const old = Object.entries(flows).map(([name, flow]) => [
    name,
    renamedColumns(name, docOf(flow), after, renames, changes),
  ]);
  walk({ ...before, flows: Object.fromEntries(old) as Doc }, after, [], changes);
  return changes.sort((a, b) => ORDER.indexOf(a.grade) - ORDER.indexOf(b.grade) || compare(a, b));
}

const ORDER: readonly Grade[] = ['breaking', 'needs_migration', 'compatible'];

function compare(a: Change, b: Change): number {
  const [left, right] = [a.where.join('\n'), b.where.join('\n')];
  return left < right ? -1 : Number(left > right);
}

function renamedColumns(name: string, flow: Doc, after: Doc, renames: Renames, changes: Change[]): Doc {
  const now = docOf(docOf(docOf(after['flows'])[name])['columns']);
  const place = ['flows', name, 'columns'];
  const names = renames.columns.get(name) ?? new Map<string, string>();
  return { ...flow, columns: renamed(docOf(flow['columns']), now, names, place, changes) };
}

/** The older names replaced by the newer ones; a rename that has been done already says nothing. */
function renamed(
  before: Doc,
  after: Doc,
  names: ReadonlyMap<string, string>,
  place: readonly string[],
  changes: Change[],
): Doc {
  const entries = Object.entries(before).map(([name, value]) => {
    const to = names.get(name);
    if (to === undefined || Object.hasOwn(before, to) || !Object.hasOwn(after, to))
      return [name, value] as const;
    changes.push({
      ...{ side: 'odoo', grade: 'needs_migration', where: [...place, to] },
      ...{ what: `renamed from ${name}`, why: 'its data move along; what names it elsewhere has to follow' },
    });
    return [to, value] as const;
  });
  return Object.fromEntries(entries);
}

const SILENT = new Set(['hash', 'contract', 'connector/version']);

function walk(
  before: Json | undefined,
  after: Json | undefined,
  place: readonly string[],
  changes: Change[],
): void {
  if (SILENT.has(place.join('/')) || same(before, after)) return;
  if (place[0] === 'flows' && place.length === 3 && place[2] === 'model') return; // follows the flow's name
  const sort: Sort = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const named = sort === 'changed' ? undefined : ruleFor(NAMED, place);
  const rule = named ?? ruleFor(RULES, place);
  if (rule !== undefined) {
    changes.push(changeOf(rule.judge(sort, before, after), place, sort, before, after));
  } else if (isDoc(before) && isDoc(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const key of keys) walk(own(before, key), own(after, key), [...place, key], changes);
  } else {
    const side = place[0] === 'flows' ? 'odoo' : 'cmms';
    const why = 'no rule says that it is harmless';
    changes.push(changeOf({ side, grade: 'breaking', why }, place, sort, before, after));
  }
}

function changeOf(
  verdict: Verdict,
  where: readonly string[],
  sort: Sort,
  before: Json | undefined,
  after: Json | undefined,
): Change {
  const what = sort === 'changed' ? `${show(before)} became ${show(after)}` : sort;
  return { side: verdict.side, grade: verdict.grade, where, what, why: verdict.why };
}

const MAX_SHOWN = 60;

function show(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function isDoc(value: Json | undefined): value is Doc {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function docOf(value: Json | undefined): Doc {
  return isDoc(value) ? value : {};
}

function own(doc: Doc, key: string): Json | undefined {
  return Object.hasOwn(doc, key) ? doc[key] : undefined;
}
