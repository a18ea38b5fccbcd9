import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { FieldMapping } from '../../spec/types.ts';
import { asList } from '../../spec/types.ts';
import { isFactor } from '../formats.ts';
import type { CanonicalField } from '../kinds.ts';
import { isTemplate } from '../paths.ts';
import { checkFormat } from './moments.ts';
import type { PathChecker, Scopes } from './paths.ts';

/** Every path and template a field mapping reads from. */
export function checkSources(
  mapping: FieldMapping,
  at: Path,
  scopes: Scopes,
  paths: PathChecker,
  report: Report,
): void {
  const { between, level, look_up: table, time, sign, currency } = mapping;
  paths.sources(mapping.from, [...at, 'from'], scopes);
  paths.sources(mapping.name, [...at, 'name'], scopes);
  paths.sources(mapping.sum, [...at, 'sum'], scopes);
  paths.sources(between?.start, [...at, 'between', 'start'], scopes);
  paths.sources(between?.end, [...at, 'between', 'end'], scopes);
  paths.sources(level?.from, [...at, 'level', 'from'], scopes);
  paths.sources(level?.to, [...at, 'level', 'to'], scopes);
  paths.sources(time?.from, [...at, 'time', 'from'], scopes);
  paths.paths(table?.in, [...at, 'look_up', 'in'], scopes, { looked: true });
  if (typeof sign === 'object') paths.sources(sign.by, [...at, 'sign', 'by'], scopes);
  if (typeof currency === 'object') paths.sources(currency.from, [...at, 'currency', 'from'], scopes);
  paths.filters(mapping.clean, [...at, 'clean']);
  checkFormat(mapping.format, [...at, 'format'], report);
  checkFormat(between?.format, [...at, 'between', 'format'], report);
}

type Key = keyof FieldMapping;

/** Whether what says how a value is written fits together. */
export class ReadingCheck {
  readonly #field: CanonicalField;
  readonly #mapping: FieldMapping;
  readonly #at: Path;
  readonly #report: Report;

  constructor(field: CanonicalField, mapping: FieldMapping, at: Path, report: Report) {
    this.#field = field;
    this.#mapping = mapping;
    this.#at = at;
    this.#report = report;
  }

  run(): void {
    this.#join();
    this.#number();
    this.#sign();
    this.#words();
    this.#unit();
    this.#derived();
  }

  #refuse(key: Key, expected: string): void {
    this.#report.add('field-key-invalid', [...this.#at, key], { found: show(key), expected, part: 'key' });
  }

  #join(): void {
    const { join, from } = this.#mapping;
    if (join === undefined || this.#report.isBroken([...this.#at, 'from'])) return;
    const paths = asList(from);
    if (paths.length < 2 || paths.some((path) => isTemplate(path)) || /[{}]/.test(join))
      this.#refuse('join', 'it with two or more paths in `from`, and without braces');
  }

  #number(): void {
    const { number } = this.#mapping;
    if (number === undefined || this.#report.isBroken([...this.#at, 'number'])) return;
    const { decimal = '.', group, factor = '1' } = number;
    if (decimal !== group && isFactor(factor)) return;
    const found =
      decimal === group ? `${show(decimal)} for decimals and thousands` : `factor ${show(factor)}`;
    this.#report.add('number-format-invalid', [...this.#at, 'number'], {
      found,
      expected: "two different marks, and a factor above 0 as text such as '0.01'",
    });
  }

  #sign(): void {
    const { sign, level } = this.#mapping;
    if (sign !== undefined && level !== undefined)
      this.#refuse('sign', 'it without `level`: what is gone was taken');
    if (typeof sign !== 'object') return;
    const both = sign.out.find((word) => sign.in.includes(word));
    if (both !== undefined) this.#refuse('sign', `${show(both)} either out or in`);
  }

  #words(): void {
    const { map, fold, tokens } = this.#mapping;
    const keys = Object.keys(map ?? {});
    if ((fold === true || tokens === true) && map === undefined)
      this.#refuse(fold === true ? 'fold' : 'tokens', 'it with `map`');
    if (fold === true && new Set(keys.map((key) => key.toLowerCase())).size < keys.length)
      this.#refuse('fold', 'keys of `map` that differ by more than their case');
    if (tokens === true && keys.some((key) => /^\d+$/.test(key)))
      this.#refuse('tokens', 'words: whole numbers have no order in a map');
  }

  #unit(): void {
    const { aliases, else: other } = this.#mapping;
    if (this.#field.type !== 'unit' || other === undefined) return;
    if (aliases === undefined) this.#refuse('else', 'it with `aliases`');
    else if (!['hold', 'as_is'].includes(other)) this.#refuse('else', oneOf(['hold', 'as_is']));
  }

  /** What only a single path has is not said of a value made of several. */
  #derived(): void {
    const { sum, between, level } = this.#mapping;
    const made = sum ?? between ?? level;
    if (made === undefined) return;
    for (const key of ['look_up', 'join'] as const)
      if (this.#mapping[key] !== undefined) this.#refuse(key, 'it with `from` only');
    if (between === undefined) return;
    for (const key of ['unit', 'number'] as const)
      if (this.#mapping[key] !== undefined) this.#refuse(key, 'it without `between`: moments make hours');
  }
}
