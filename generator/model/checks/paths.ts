import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Condition, OneOrMany, Spec } from '../../spec/types.ts';
import { FILTERS, isFilter, isTemplate, parsePath, parseSource, parseTemplate } from '../paths.ts';
import type { Scope } from '../paths.ts';
import { checkTogether } from './conditions.ts';

/** What a path may begin with at one place of the spec. */
export interface Scopes {
  readonly allowed: readonly Scope[];
  /** Names that `fetched` knows there. */
  readonly fetched: readonly string[];
}

export const EVENT_ONLY: Scopes = { allowed: ['event'], fetched: [] };

/** Attributes of a CloudEvent, what is around records, the signed headers of a delivery whose token counts once. */
export type Beside = 'ce' | 'batch' | 'header';

/** What a delivery says beside its body: scopes of the source, and names in `fetched` where a flow maps. */
export function besideBody(spec: Spec): Beside[] {
  const { accept, records, verify } = spec.source;
  return [
    ...(accept?.format === 'cloudevents' ? (['ce'] as const) : []),
    ...(records === undefined ? [] : (['batch'] as const)),
    ...([verify].flat().some(({ once }) => once !== undefined) ? (['header'] as const) : []),
  ];
}

/** A path that carries a value onwards, and where it stands. */
export interface UsedPath {
  readonly path: string;
  readonly place: Path;
}

interface Rules {
  /** A scope alone is a value here: a whole record, a whole list. */
  readonly bare?: boolean;
  /** Only looked at, not carried onwards. */
  readonly looked?: boolean;
}

/** Checks path expressions against their place, and remembers those that carry values. */
export class PathChecker {
  readonly used: UsedPath[] = [];
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** One path or a list of them; a finding points at the one that is wrong. */
  paths(value: OneOrMany<string> | undefined, place: Path, scopes: Scopes, rules: Rules = {}): void {
    if (value === undefined) return;
    if (typeof value === 'string') this.path(value, place, scopes, rules);
    else for (const [index, path] of value.entries()) this.path(path, [...place, index], scopes, rules);
  }

  /** Paths, or templates over several whose values may be filtered. */
  sources(value: OneOrMany<string> | undefined, place: Path, scopes: Scopes, rules: Rules = {}): void {
    const list = typeof value === 'string' ? [[value, place] as const] : entries(value, place);
    for (const [source, at] of list) {
      if (isTemplate(source)) this.#template(source, at, scopes);
      else this.path(source, at, scopes, rules);
    }
  }

  #template(source: string, place: Path, scopes: Scopes): void {
    const parts = parseSource(source);
    if (parts === undefined) {
      const expected = 'text with {path} or {path|filter}';
      this.#report.add('template-syntax', place, { found: show(source), expected });
    }
    for (const { path, filters } of parts ?? []) {
      this.path(path, place, scopes);
      this.filters(filters, place);
    }
  }

  /** Filters of a template, or of the key `clean`. */
  filters(filters: readonly string[] | undefined, place: Path): void {
    for (const filter of filters ?? []) {
      if (isFilter(filter)) continue;
      this.#report.add('filter-unknown', place, {
        found: show(filter),
        expected: oneOf(FILTERS),
        names: FILTERS,
        name: filter,
      });
    }
  }

  templates(value: OneOrMany<string>, place: Path, scopes: Scopes): void {
    if (typeof value === 'string') this.template(value, place, scopes);
    else for (const [index, template] of value.entries()) this.template(template, [...place, index], scopes);
  }

  template(template: string, place: Path, scopes: Scopes): void {
    const paths = parseTemplate(template);
    if (paths === undefined) {
      this.#report.add('template-syntax', place, {
        found: show(template),
        expected: 'text with {path}, without blanks',
      });
      return;
    }
    for (const path of paths) this.path(path, place, scopes);
  }

  conditions(list: readonly Condition[] | undefined, place: Path, scopes: Scopes): void {
    for (const [index, condition] of (list ?? []).entries()) {
      this.path(condition.path, [...place, index, 'path'], scopes, { looked: true });
      this.paths(condition.equals_path, [...place, index, 'equals_path'], scopes, { looked: true });
    }
    checkTogether(list, place, this.#report);
  }

  path(path: string, place: Path, scopes: Scopes, rules: Rules = {}): void {
    if (this.#report.isBroken(place)) return;
    const [scope, ...names] = parsePath(path) ?? [];
    const { allowed, fetched } = scopes;
    if (scope === undefined || (names.length === 0 && rules.bare !== true && scope in NAMES)) {
      this.#report.add('path-syntax', place, { found: show(path), expected: 'scope.name.name' });
      return;
    }
    if (!allowed.some((name) => name === scope)) {
      this.#report.add('path-scope', place, {
        found: show(scope),
        expected: oneOf(allowed),
        names: allowed,
        name: scope,
        ...why(scope),
      });
      return;
    }
    if (scope === 'fetched' && !fetched.includes(names[0] ?? '')) {
      this.#report.add('fetch-unknown', place, {
        found: show(names[0]),
        expected: oneOf(fetched),
        names: fetched,
        name: names[0] ?? '',
      });
      return;
    }
    if (rules.looked !== true) this.used.push({ path, place });
  }
}

const NAMES: Readonly<Record<Scope, string>> = {
  event: 'an event is not there yet: a read on a clock starts from nothing',
  fetched: 'nothing is fetched here: add a fetch to the event',
  record: 'the input has no `record:`',
  group: 'the input has no three lists in each other',
  item: 'the input has no list in a list: `lines:` with `then:`',
  line: 'the input has no `lines:`',
  ce: 'a CloudEvent has attributes: `accept: { format: cloudevents }`; where a flow maps them they are at `fetched.ce`',
  batch: 'there is none without `records:`; where a flow maps it, it is at `fetched.batch`',
  header:
    'signed headers are kept where a token counts once: `verify:` with `once:`; where a flow maps them they are at `fetched.header`',
};

function entries(value: readonly string[] | undefined, place: Path): (readonly [string, Path])[] {
  return (value ?? []).map((source, index) => [source, [...place, index]] as const);
}

function why(scope: string): { hint?: string } {
  return scope in NAMES ? { hint: NAMES[scope as Scope] } : {};
}
