import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Condition, Flow, Spec } from '../../spec/types.ts';
import { asList } from '../../spec/types.ts';
import { METHODS, OPERATIONS, outValue } from '../../spec/write-types.ts';
import type { Capture, Out, OutAnswer, OutCall, OutLookUp } from '../../spec/write-types.ts';
import { parseDuration } from '../duration.ts';
import { parsePath } from '../paths.ts';
import { checkTogether } from './conditions.ts';
import { checkOutValue } from './write-values.ts';

const MESSAGE = ['id', 'reference', 'version', 'occurred_at', 'operation', 'external_id'];
const FILTERS = ['odata', 'quoted', 'number', 'strip_zeros', 'trim', 'upper', 'lower', 'before', 'after'];
const SIMPLE = ['path', 'equals', 'in', 'present', 'equals_path'];

/** How records of Odoo are written to the product. */
export function checkWrites(spec: Spec, report: Report): void {
  let outward = false;
  for (const [name, flow] of Object.entries(spec.flows)) {
    const place: Path = ['flows', name];
    const both = flow.direction === 'both';
    if (both !== (flow.out !== undefined) && !report.isBroken(place))
      report.add('write-missing', [...place, flow.out === undefined ? 'direction' : 'out'], {
        found:
          flow.out === undefined ? '`direction: both` without `out:`' : '`out:` without `direction: both`',
        expected: 'both of them, or none',
        part: 'key',
      });
    if (flow.out === undefined) continue;
    outward = true;
    new OutCheck(flow, flow.out, [...place, 'out'], report).run();
  }
  if (!outward && spec.source.write !== undefined)
    report.add('source-key-unused', ['source', 'write'], {
      found: '`write:`',
      expected: 'it where a flow has `out:`',
      part: 'key',
    });
  if (outward && spec.source.read === undefined)
    report.add('source-key-missing', ['source'], {
      found: 'no "read"',
      expected: 'the key "read": its `auth` and `limits` serve writes too',
    });
}

class OutCheck {
  readonly #flow: Flow;
  readonly #out: Out;
  readonly #at: Path;
  readonly #report: Report;
  readonly #used = new Set<string>();

  constructor(flow: Flow, out: Out, at: Path, report: Report) {
    this.#flow = flow;
    this.#out = out;
    this.#at = at;
    this.#report = report;
  }

  run(): void {
    const { values, look_up: search } = this.#out;
    for (const [name, value] of Object.entries(values))
      checkOutValue(this.#flow, outValue(value), [...this.#at, 'values', name], this.#report);
    this.#answers(this.#out.answers, [...this.#at, 'answers'], []);
    if (search !== undefined) this.#lookUp(search, [...this.#at, 'look_up']);
    for (const operation of OPERATIONS) this.#calls(this.#out[operation], [...this.#at, operation]);
    for (const key of ['query', 'headers'] as const)
      this.#templates(this.#out.echo[key], [...this.#at, 'echo', key], []);
    if (OPERATIONS.every((operation) => this.#out[operation] === undefined))
      this.#report.add('write-missing', this.#at, { found: 'no operation', expected: oneOf(OPERATIONS) });
    this.#create();
    this.#echo();
    this.#unused();
  }

  /** A create that may be made twice needs a way to find out whether it was. */
  #create(): void {
    const { create, look_up: search } = this.#out;
    if (create === undefined) return;
    const place = [...this.#at, 'create'];
    if (search === undefined) {
      const expected = '`look_up:` by our own key, or `look_up: { none: <why> }`';
      this.#report.add('write-no-key', place, { found: 'no `look_up:`', expected, part: 'key' });
      return;
    }
    const sent = create.filter((call) => call.get === undefined).map((call) => JSON.stringify(call));
    if (search.none === undefined && !sent.some((text) => text.includes('{message.reference')))
      this.#report.add('write-no-key', place, {
        found: 'no call that writes {message.reference}',
        expected: 'our own key in what is written, so that `look_up:` finds it',
        part: 'key',
      });
    const captures = create.some((call) => call.capture?.external_id !== undefined);
    if (!captures && search.none !== undefined)
      this.#report.add('write-no-id', place, {
        found: 'no `capture: { external_id }`',
        expected: 'the id in an answer: nothing else would tell it',
        part: 'key',
      });
  }

  /** An echo is known by its version. */
  #echo(): void {
    const { echo, create, update, look_up: search } = this.#out;
    if (echo.remember !== true || (create ?? update) === undefined) return;
    const captures = [...(create ?? []), ...(update ?? [])].some(
      (call) => call.capture?.version !== undefined,
    );
    if (captures || search?.capture?.version !== undefined) return;
    this.#report.add('write-no-id', [...this.#at, 'echo', 'remember'], {
      found: 'no `capture: { version }`',
      expected: 'the version in an answer: by it the echo is known',
      part: 'key',
    });
  }

  #unused(): void {
    for (const name of Object.keys(this.#out.values)) {
      if (this.#used.has(name) || this.#report.isBroken(this.#at)) continue;
      this.#report.add('value-unused', [...this.#at, 'values', name], {
        found: show(name),
        expected: `{value.${name}} in a call`,
        part: 'key',
      });
    }
  }

  #calls(calls: readonly OutCall[] | undefined, place: Path): void {
    const earlier: string[] = [];
    for (const [index, call] of (calls ?? []).entries()) {
      const at = [...place, index];
      this.#call(call, at, earlier);
      if (earlier.includes(call.as))
        this.#report.add('name-duplicate', [...at, 'as'], {
          found: show(call.as),
          expected: 'every call of an operation under its own name',
        });
      earlier.push(call.as);
    }
  }

  #call(call: OutCall, at: Path, earlier: readonly string[]): void {
    const methods = METHODS.filter((name) => call[name] !== undefined);
    if (methods.length !== 1)
      this.#report.add('source-key-missing', at, {
        found: methods.length === 0 ? 'none' : oneOf(methods),
        expected: `exactly one of ${oneOf(METHODS)}`,
      });
    for (const method of methods) this.#template(call[method] ?? '', [...at, method], earlier);
    for (const key of ['query', 'headers', 'body'] as const)
      this.#templates(call[key], [...at, key], earlier);
    this.#conditions(call.when, [...at, 'when'], scopesOf(earlier));
    this.#answers(call.answers, [...at, 'answers'], earlier);
    this.#capture(call.capture, [...at, 'capture'], earlier, ['body', 'header']);
    if (call.get === undefined) return;
    for (const key of ['body', 'partial', 'override', 'wrap'] as const)
      if (call[key] !== undefined)
        this.#report.add('source-key-unused', [...at, key], {
          found: show(key),
          expected: 'no such key beside `get`',
          part: 'key',
        });
  }

  #lookUp(search: OutLookUp, at: Path): void {
    if (search.none !== undefined) {
      for (const key of Object.keys(search).filter((name) => name !== 'none'))
        this.#report.add('source-key-unused', [...at, key], {
          found: show(key),
          expected: 'nothing beside `none`',
          part: 'key',
        });
      return;
    }
    const ways = (['get', 'post'] as const).filter((name) => search[name] !== undefined);
    if (ways.length !== 1)
      this.#report.add('source-key-missing', at, {
        found: ways.length === 0 ? 'none' : 'both',
        expected: 'either `get` or `post`',
      });
    for (const key of ['where', 'capture'] as const)
      if (search[key] === undefined)
        this.#report.add('source-key-missing', at, {
          found: `no ${show(key)}`,
          expected: `the key ${show(key)}`,
        });
    for (const way of ways) this.#template(search[way] ?? '', [...at, way], []);
    for (const key of ['query', 'headers', 'body'] as const) this.#templates(search[key], [...at, key], []);
    this.#conditions(search.where, [...at, 'where'], [...scopesOf([]), 'item']);
    this.#capture(search.capture, [...at, 'capture'], [], ['item']);
    const byKey = JSON.stringify(search.where ?? '').includes('message.reference');
    if (search.where !== undefined && !byKey)
      this.#report.add('write-no-key', [...at, 'where'], {
        found: show(search.where),
        expected:
          'a condition with `equals_path: message.reference`: what else is found may be of somebody else',
      });
    if (search.settle !== undefined && parseDuration(search.settle) === undefined)
      this.#report.add('duration-invalid', [...at, 'settle'], {
        found: show(search.settle),
        expected: 'a time between 1s and 366d',
      });
  }

  #answers(answers: readonly OutAnswer[] | undefined, place: Path, earlier: readonly string[]): void {
    for (const [index, answer] of (answers ?? []).entries())
      this.#conditions(answer.when, [...place, index, 'when'], [...scopesOf(earlier), 'body', 'header']);
  }

  #capture(
    capture: Capture | undefined,
    place: Path,
    earlier: readonly string[],
    scopes: readonly string[],
  ): void {
    for (const key of ['external_id', 'version'] as const) {
      for (const [index, template] of asList(capture?.[key]).entries()) {
        const at = typeof capture?.[key] === 'string' ? [...place, key] : [...place, key, index];
        this.#template(template, at, earlier, scopes);
      }
    }
  }

  #conditions(list: readonly Condition[] | undefined, place: Path, scopes: readonly string[]): void {
    for (const [index, condition] of (list ?? []).entries()) {
      for (const key of Object.keys(condition).filter((name) => !SIMPLE.includes(name)))
        this.#report.add('condition-invalid', [...place, index, key], {
          found: show(key),
          expected: 'equals, in, present or equals_path in `out:`',
          part: 'key',
        });
      for (const key of ['path', 'equals_path'] as const)
        if (condition[key] !== undefined) this.#path(condition[key], [...place, index, key], scopes, []);
    }
    checkTogether(list, place, this.#report);
  }

  #templates(value: unknown, place: Path, earlier: readonly string[]): void {
    if (typeof value === 'string') this.#template(value, place, earlier);
    if (typeof value === 'number' && !Number.isInteger(value))
      this.#report.add('number-not-integer', place, {
        found: show(value),
        expected: 'a whole number, or text',
      });
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value))
      this.#templates(item, [...place, Array.isArray(value) ? Number(key) : key], earlier);
  }

  #template(text: string, place: Path, earlier: readonly string[], more: readonly string[] = []): void {
    if (/[{}]/.test(text.replaceAll(/\{[^{}]*\}/g, ''))) {
      this.#report.add('template-syntax', place, {
        found: show(text),
        expected: 'text with {path} or {path|filter}',
      });
      return;
    }
    for (const match of text.matchAll(/\{([^{}]*)\}/g)) {
      const [path = '', ...filters] = (match[1] ?? '').split('|');
      this.#path(path, place, [...scopesOf(earlier), ...more], earlier);
      for (const filter of filters) {
        const [name = ''] = filter.split('=');
        if (FILTERS.includes(name)) continue;
        this.#report.add('filter-unknown', place, {
          found: show(filter),
          expected: oneOf(FILTERS),
          names: FILTERS,
          name,
        });
      }
    }
  }

  #path(path: string, place: Path, scopes: readonly string[], earlier: readonly string[]): void {
    const [scope, name] = parsePath(path) ?? [];
    if (scope === undefined || name === undefined) {
      if (scope !== undefined && ['body', 'item'].includes(scope) && scopes.includes(scope)) return;
      this.#report.add('path-syntax', place, { found: show(path), expected: 'scope.name.name' });
      return;
    }
    if (!scopes.includes(scope)) {
      this.#report.add('path-scope', place, {
        found: show(scope),
        expected: oneOf(scopes),
        names: scopes,
        name: scope,
      });
      return;
    }
    if (scope === 'value') this.#used.add(name);
    const known: Readonly<Record<string, readonly string[]>> = {
      message: MESSAGE,
      value: Object.keys(this.#out.values),
      external: this.#out.external_id?.names ?? [],
      ...(earlier.length > 0 ? { answer: earlier } : {}),
    };
    const names = known[scope];
    if (names === undefined || names.includes(name)) return;
    this.#report.add('value-unknown', place, { found: show(name), expected: oneOf(names), names, name });
  }
}

function scopesOf(earlier: readonly string[]): readonly string[] {
  return ['message', 'value', 'external', ...(earlier.length > 0 ? ['answer'] : [])];
}
