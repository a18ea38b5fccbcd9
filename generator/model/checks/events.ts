import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Condition, EventSpec, Fetch, ReadSpec, Spec } from '../../spec/types.ts';
import { parseDuration } from '../duration.ts';
import { parsePath } from '../paths.ts';
import { checkLiteral, checkLiterals } from './literals.ts';
import { EVENT_ONLY, besideBody } from './paths.ts';
import type { Beside, PathChecker } from './paths.ts';

interface NamedEvent {
  readonly name: string;
  readonly event: EventSpec;
  readonly place: Path;
}

/** A spec is never changed once it is read, and asked for its events by every input. */
const indexes = new WeakMap<Spec, ReadonlyMap<string, readonly NamedEvent[]>>();

/** The events and reads of these names, in the order of the spec; a name it does not have gives none. */
export function eventsNamed(spec: Spec, names: readonly string[]): readonly NamedEvent[] {
  let index = indexes.get(spec);
  if (index === undefined) {
    index = Map.groupBy(allEvents(spec), ({ name }) => name);
    indexes.set(spec, index);
  }
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return index.get(only) ?? [];
  const wanted = new Set(names);
  return [...index].filter(([name]) => wanted.has(name)).flatMap(([, events]) => events);
}

/** Events and reads of a spec, by name, with their places. */
export function allEvents(spec: Spec): NamedEvent[] {
  const under = (key: 'events' | 'reads') =>
    Object.entries(spec.source[key] ?? {}).map(([name, event]) => ({
      name,
      event,
      place: ['source', key, name] as Path,
    }));
  return [...under('events'), ...under('reads')];
}

export function checkEvents(spec: Spec, paths: PathChecker, report: Report): void {
  const beside = besideBody(spec);
  for (const { event, place } of allEvents(spec)) {
    const own = place[1] === 'events' ? beside : [];
    checkEvent(event, place, own, paths, report);
  }
  for (const [name, read] of Object.entries(spec.source.reads ?? {})) checkRead(spec, name, read, report);
  checkUse(spec, report);
  checkBudget(spec, report);
}

/** A plan that is begun anew whenever the budget is used up, and needs more than all of it, never ends. */
function checkBudget(spec: Spec, report: Report): void {
  const plans = allEvents(spec).map(({ name, event }) => ({ name, calls: event.fetch?.length ?? 0 }));
  const [longest] = plans.sort((a, b) => b.calls - a.calls);
  for (const [index, { calls }] of (spec.source.read?.limits?.budget ?? []).entries()) {
    if (longest === undefined || longest.calls <= calls) continue;
    report.add('budget-small', ['source', 'read', 'limits', 'budget', index, 'calls'], {
      found: `${String(calls)}, and ${show(longest.name)} needs ${String(longest.calls)} reads`,
      expected: `at least ${String(longest.calls)}`,
    });
  }
}

function checkEvent(
  event: EventSpec,
  place: Path,
  beside: readonly Beside[],
  paths: PathChecker,
  report: Report,
): void {
  const received = { ...EVENT_ONLY, allowed: [...EVENT_ONLY.allowed, ...beside] };
  paths.templates(event.subject, [...place, 'subject'], received);
  paths.paths(event.time, [...place, 'time'], received);
  paths.paths(event.identity, [...place, 'identity'], received);
  checkRequired(event.required, [...place, 'required'], report);
  const names: string[] = [];
  for (const [index, fetch] of (event.fetch ?? []).entries()) {
    checkFetch(fetch, [...place, 'fetch', index], names, beside, paths, report);
    names.push(fetch.as);
  }
}

/** Paths of the body, each either a value or on the way to one. */
function checkRequired(required: Readonly<Record<string, string>>, place: Path, report: Report): void {
  const names = Object.keys(required);
  for (const name of names) {
    const steps = parsePath(name);
    const sound = steps?.[0] === 'event' && steps.length > 1 && !steps.some((step) => /^[0-9]/.test(step));
    const inside = names.find((other) => other.startsWith(`${name}.`));
    if (sound && inside === undefined) continue;
    const expected =
      inside === undefined
        ? 'event.name.name, without numbers'
        : `no other path below it, such as ${show(inside)}`;
    report.add('path-syntax', [...place, name], { found: show(name), expected, part: 'key' });
  }
}

function checkFetch(
  fetch: Fetch,
  place: Path,
  earlier: readonly string[],
  beside: readonly Beside[],
  paths: PathChecker,
  report: Report,
): void {
  if (earlier.includes(fetch.as)) {
    report.add('name-duplicate', [...place, 'as'], {
      found: show(fetch.as),
      expected: 'every fetch of an event under its own name',
    });
  }
  if (fetch.as === 'ce' || fetch.as === 'batch' || (fetch.as === 'header' && beside.includes('header')))
    report.add('name-reserved', [...place, 'as'], {
      found: show(fetch.as),
      expected: 'another name: this one is for what a delivery says beside its body',
    });
  const allowed = ['event', 'fetched', ...beside] as const;
  const before = { allowed, fetched: earlier };
  const after = { allowed, fetched: [...earlier, fetch.as] };
  const way = fetch.post === undefined ? 'get' : 'post';
  if ((fetch.get === undefined) === (fetch.post === undefined))
    report.add('source-key-missing', place, {
      found: 'neither, or both',
      expected: 'either `get` or `post`',
    });
  paths.template(fetch[way] ?? '/', [...place, way], before);
  for (const key of ['query', 'headers'] as const) {
    for (const [name, text] of Object.entries(fetch[key] ?? {}))
      paths.template(text.replaceAll(' ', ''), [...place, key, name], before);
  }
  checkLiteral(fetch.body, [...place, 'body'], report);
  paths.paths(fetch.unless, [...place, 'unless'], before, { looked: true });
  for (const [key, scopes] of [
    ['when', before],
    ['until', after],
  ] as const) {
    paths.conditions(fetch[key], [...place, key], scopes);
    checkLiterals(fetch[key], [...place, key], report);
    checkSimple(fetch[key], [...place, key], report);
  }
}

const SIMPLE = ['path', 'equals', 'in', 'present', 'equals_path'];

/** The sidecar knows fewer tests than the runtime. */
function checkSimple(list: readonly Condition[] | undefined, place: Path, report: Report): void {
  for (const [index, condition] of (list ?? []).entries()) {
    for (const key of Object.keys(condition).filter((name) => !SIMPLE.includes(name))) {
      const expected = 'equals, in, present or equals_path in a fetch';
      report.add('condition-invalid', [...place, index, key], { found: show(key), expected, part: 'key' });
    }
  }
}

function checkRead(spec: Spec, name: string, read: ReadSpec, report: Report): void {
  const place = ['source', 'reads', name];
  if (Object.hasOwn(spec.source.events, name)) {
    report.add('name-duplicate', place, {
      found: show(name),
      expected: 'a name that no callback has',
      part: 'key',
    });
  }
  checkDuration(read.every, [...place, 'every'], report);
  checkLiteral(read.body, [...place, 'body'], report);
  if (/[{}\s]/.test(read.path)) {
    report.add('template-syntax', [...place, 'path'], {
      found: show(read.path),
      expected: 'a path without {path} and blanks: nothing is known before a read',
    });
  }
}

export function checkDuration(text: string, place: Path, report: Report): void {
  if (parseDuration(text) !== undefined) return;
  report.add('duration-invalid', place, { found: show(text), expected: 'a time between 1s and 366d' });
}

/** Every event feeds a flow, and every flow is fed by events that exist. */
function checkUse(spec: Spec, report: Report): void {
  const events = allEvents(spec);
  const names = events.map(({ name }) => name);
  const known = new Set(names);
  const used = new Set<string>();
  for (const [flow, { inputs }] of Object.entries(spec.flows)) {
    for (const [input, { on }] of Object.entries(inputs)) {
      for (const [index, name] of on.entries()) {
        used.add(name);
        const refused =
          report.isBroken(['source', 'events', name]) || report.isBroken(['source', 'reads', name]);
        if (known.has(name) || refused) continue;
        const place = ['flows', flow, 'inputs', input, 'on', index];
        report.add('event-unknown', place, {
          found: show(name),
          expected: 'an event or a read',
          names,
          name,
        });
      }
    }
  }
  if (report.isBroken(['flows'])) return;
  for (const { name, place } of events) {
    if (used.has(name)) continue;
    report.add('event-unused', place, {
      found: show(name),
      expected: 'an event that an input lists',
      part: 'key',
    });
  }
}
