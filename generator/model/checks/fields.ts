import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { FieldMapping, Literal } from '../../spec/types.ts';
import { kindOf } from '../kinds.ts';
import type { CanonicalField } from '../kinds.ts';
import { checkLiteral } from './literals.ts';
import type { PathChecker, Scopes } from './paths.ts';

/** Mappings of canonical fields: do they exist in the kind, and does each key fit the field's type. */
export function checkFields(
  fields: Readonly<Record<string, FieldMapping>>,
  kind: string,
  place: Path,
  scopes: Scopes,
  paths: PathChecker,
  report: Report,
): void {
  const known = kindOf(kind).fields;
  const names = Object.keys(known);
  for (const [name, mapping] of Object.entries(fields)) {
    const at = [...place, name];
    const field = known[name];
    paths.paths(mapping.from, [...at, 'from'], scopes);
    paths.paths(mapping.name, [...at, 'name'], scopes);
    if (field === undefined) {
      report.add('field-unknown', at, {
        found: show(name),
        expected: `a field of kind ${kind}: ${oneOf(names)}`,
        names,
        name,
        part: 'key',
      });
    } else {
      new FieldCheck(field, mapping, at, report).run();
    }
  }
}

type Key = keyof FieldMapping;

const SOURCES: readonly Key[] = ['from', 'value', 'assume'];
const GAPS: readonly Key[] = ['from', 'value', 'required', 'absent', 'null'];
const KEYS: Readonly<Record<CanonicalField['type'], readonly Key[]>> = {
  text: [...GAPS, 'empty'],
  date: [...GAPS, 'empty', 'time_zone'],
  datetime: [...GAPS, 'empty', 'time_zone'],
  decimal: [...GAPS, 'zero'],
  quantity: [...GAPS, 'zero', 'sign'],
  enum: [...GAPS, 'empty', 'map', 'else', 'present', 'otherwise'],
  ref: [...GAPS, 'empty', 'by', 'missing', 'name'],
  unit: [...GAPS, 'empty', 'assume'],
};

class FieldCheck {
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
    this.#keys();
    this.#source();
    this.#policies();
    if (this.#field.type === 'enum') this.#enumeration();
    if (this.#field.type === 'ref') this.#reference();
    checkLiteral(this.#mapping.value, [...this.#at, 'value'], this.#report);
  }

  #refuse(key: Key, expected: string): void {
    this.#report.add('field-key-invalid', [...this.#at, key], { found: show(key), expected, part: 'key' });
  }

  #keys(): void {
    const { type, measure } = this.#field;
    const fitting = [...KEYS[type]];
    if (measure === 'hours') fitting.push('unit');
    if (measure === 'money') fitting.push('currency');
    const constant = this.#mapping.value !== undefined || this.#mapping.assume !== undefined;
    for (const key of Object.keys(this.#mapping) as Key[]) {
      if (!fitting.includes(key)) this.#refuse(key, `a key that fits ${type}: ${oneOf(fitting)}`);
      else if (constant && ![...SOURCES, 'required'].includes(key)) this.#refuse(key, 'it with `from` only');
    }
  }

  #source(): void {
    const given = SOURCES.filter((key) => this.#mapping[key] !== undefined);
    if (given.length === 1 || this.#report.isBroken(this.#at)) return;
    const found = given.length === 0 ? 'no source' : given.join(' and ');
    this.#report.add('field-source', this.#at, {
      found,
      expected: 'one of from, value and (unit) assume',
      part: 'key',
    });
  }

  #policies(): void {
    const { type, required } = this.#field;
    const { zero, empty } = this.#mapping;
    if (type === 'quantity' && zero !== undefined && !['ignore', 'hold'].includes(zero))
      this.#refuse('zero', 'ignore or hold: a quantity is never invented');
    if (type === 'decimal' && zero === 'ignore') this.#refuse('zero', 'set, keep, clear or hold');
    if (type !== 'text' && empty === 'set')
      this.#refuse('empty', 'keep, clear or hold: only a text can be empty');
    if (required && this.#mapping.required === false)
      this.#refuse('required', 'true: the kind requires the field');
    for (const key of ['absent', 'null', 'empty'] as const) {
      if (required && this.#mapping[key] === 'clear')
        this.#refuse(key, 'keep or hold: the kind requires the field');
    }
  }

  #enumeration(): void {
    const { map, else: other, present, otherwise, from, value } = this.#mapping;
    const literals: [string[], Literal | undefined][] = Object.entries(map ?? {}).map(([key, item]) => [
      ['map', key],
      item,
    ]);
    if (other !== 'hold') literals.push([['else'], other]);
    literals.push([['present'], present], [['otherwise'], otherwise], [['value'], value]);
    for (const [path, literal] of literals) this.#literal(path, literal);
    if (map !== undefined && (present ?? otherwise) !== undefined)
      this.#refuse(present === undefined ? 'otherwise' : 'present', 'it without `map`');
    if (other !== undefined && map === undefined) this.#refuse('else', 'it with `map`');
    const complete = map !== undefined || (present !== undefined && otherwise !== undefined);
    if (from === undefined || complete || this.#report.isBroken(this.#at)) return;
    const expected = 'map, or present and otherwise: what the values of the source mean';
    this.#report.add('field-key-missing', this.#at, { found: 'no map', expected, part: 'key' });
  }

  #literal(path: readonly string[], literal: Literal | undefined): void {
    const names = this.#field.values ?? [];
    if (literal === undefined || names.some((name) => name === literal)) return;
    this.#report.add('enum-value-unknown', [...this.#at, ...path], {
      found: show(literal),
      expected: oneOf(names),
      names,
      name: String(literal),
    });
  }

  #reference(): void {
    const { by, missing } = this.#mapping;
    const { by: only, required } = this.#field;
    if (by !== undefined && by !== only) this.#refuse('by', only ?? 'external_id');
    if (missing === undefined) return;
    const fitting = [only === 'name' ? ['create', 'default'] : [], required ? [] : ['skip']].flat();
    if (missing !== 'hold' && !fitting.includes(missing))
      this.#refuse('missing', oneOf(['hold', ...fitting]));
  }
}
