import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { FieldMapping, Literal } from '../../spec/types.ts';
import type { CanonicalField, Kind } from '../kinds.ts';
import { checkLiteral } from './literals.ts';
import { ReadingCheck, checkSources } from './reading.ts';
import type { PathChecker, Scopes } from './paths.ts';

/** Mappings of canonical fields: do they exist in the kind, and does each key fit the field's type. */
export function checkFields(
  fields: Readonly<Record<string, FieldMapping>>,
  kind: Kind,
  place: Path,
  scopes: Scopes,
  paths: PathChecker,
  report: Report,
): void {
  const known = kind.fields;
  const names = Object.keys(known);
  for (const [name, mapping] of Object.entries(fields)) {
    const at = [...place, name];
    const field = known[name];
    checkSources(mapping, at, scopes, paths, report);
    if (field === undefined && (mapping.field ?? mapping.to) !== undefined) continue; // its own check says why
    if (field === undefined) {
      report.add('field-unknown', at, {
        found: show(name),
        expected: `a field of the kind: ${oneOf(names)}; or one with \`field:\` or \`to:\``,
        names,
        name,
        part: 'key',
      });
    } else {
      new FieldCheck(field, mapping, at, report).run();
      new ReadingCheck(field, mapping, at, report).run();
      if (!kind.roles.includes('apply')) refuseSides(mapping, at, report);
      else checkSides(mapping, at, mapping.system_of_record, report);
    }
  }
}

/** Whoever is of record wins, or a person decides: anything else contradicts itself. */
export function checkSides(
  given: { readonly on_conflict?: string },
  place: Path,
  side: string | undefined,
  report: Report,
): void {
  const { on_conflict: winner } = given;
  if (winner === undefined || winner === 'review' || side === undefined || winner === side) return;
  if (report.isBroken([...place, 'on_conflict']) || report.isBroken([...place, 'system_of_record'])) return;
  report.add('record-contradiction', [...place, 'on_conflict'], {
    found: show(winner),
    expected: oneOf([side, 'review']),
  });
}

function refuseSides(mapping: FieldMapping, place: Path, report: Report): void {
  for (const key of SIDES) {
    if (mapping[key] === undefined) continue;
    const expected = 'no such key, as this kind is posted and never changed';
    report.add('field-key-invalid', [...place, key], { found: show(key), expected, part: 'key' });
  }
}

type Key = keyof FieldMapping;

const SOURCES: readonly Key[] = ['from', 'value', 'assume', 'sum', 'between', 'level'];
const SIDES = ['system_of_record', 'on_conflict'] as const;
const GAPS: readonly Key[] = [
  'field',
  'to',
  'from',
  'value',
  'required',
  'absent',
  'null',
  'join',
  'look_up',
  ...SIDES,
];
const KEYS: Readonly<Record<CanonicalField['type'], readonly Key[]>> = {
  text: [...GAPS, 'empty', 'zero', 'default', 'clean'],
  date: [...GAPS, 'empty', 'zero', 'default', 'time_zone', 'format'],
  datetime: [...GAPS, 'empty', 'zero', 'default', 'time_zone', 'format', 'time'],
  decimal: [...GAPS, 'zero', 'default', 'number', 'sum'],
  quantity: [...GAPS, 'zero', 'sign', 'number', 'level'],
  enum: [
    ...GAPS,
    'empty',
    'zero',
    'default',
    'map',
    'else',
    'present',
    'otherwise',
    'clean',
    'fold',
    'tokens',
  ],
  ref: [...GAPS, 'empty', 'zero', 'by', 'missing', 'name', 'clean'],
  unit: [...GAPS, 'empty', 'default', 'assume', 'aliases', 'else', 'clean'],
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
    checkLiteral(this.#mapping.default, [...this.#at, 'default'], this.#report);
  }

  #refuse(key: Key, expected: string): void {
    this.#report.add('field-key-invalid', [...this.#at, key], { found: show(key), expected, part: 'key' });
  }

  #keys(): void {
    const { type, measure } = this.#field;
    const fitting = [...KEYS[type]];
    if (measure === 'hours') fitting.push('unit', 'between');
    if (measure === 'money') fitting.push('currency');
    const constant = this.#mapping.value !== undefined || this.#mapping.assume !== undefined;
    for (const key of Object.keys(this.#mapping) as Key[]) {
      if (!fitting.includes(key)) this.#refuse(key, `a key that fits ${type}: ${oneOf(fitting)}`);
      else if (constant && ![...SOURCES, ...SIDES, 'required', 'field', 'to'].includes(key))
        this.#refuse(key, 'it with `from` only');
    }
  }

  #source(): void {
    const given = SOURCES.filter((key) => this.#mapping[key] !== undefined);
    if (given.length === 1 || this.#report.isBroken(this.#at)) return;
    const found = given.length === 0 ? 'no source' : given.join(' and ');
    this.#report.add('field-source', this.#at, {
      found,
      expected: 'one of from, value, sum, (hours) between, (quantity) level and (unit) assume',
      part: 'key',
    });
  }

  #policies(): void {
    const { type, required } = this.#field;
    const { zero, empty } = this.#mapping;
    if (type === 'quantity' && zero !== undefined && !['ignore', 'hold', 'set'].includes(zero))
      this.#refuse('zero', 'ignore, hold or (in a snapshot) set: a quantity is never invented');
    if (type !== 'quantity' && zero === 'ignore') this.#refuse('zero', 'set, keep, clear or hold');
    if (required && zero === 'clear') this.#refuse('zero', 'keep or hold: the kind requires the field');
    if (zero === 'default') this.#refuse('zero', 'set, keep, clear or hold: a number is there');
    this.#defaults();
    if (type !== 'text' && empty === 'set')
      this.#refuse('empty', 'keep, clear or hold: only a text can be empty');
    if (required && this.#mapping.required === false)
      this.#refuse('required', 'true: the kind requires the field');
    for (const key of ['absent', 'null', 'empty'] as const) {
      if (required && this.#mapping[key] === 'clear')
        this.#refuse(key, 'keep or hold: the kind requires the field');
    }
  }

  #defaults(): void {
    const users = (['absent', 'null', 'empty'] as const).filter((key) => this.#mapping[key] === 'default');
    const { default: value } = this.#mapping;
    if (value === undefined && users[0] !== undefined && !this.#report.isBroken([...this.#at, 'default'])) {
      const expected = 'default: the value, never of a quantity or a reference';
      this.#report.add('field-key-missing', [...this.#at, users[0]], { found: 'no default', expected });
    }
    if (value !== undefined && users.length === 0)
      this.#refuse('default', 'it with absent, null or empty: default');
  }

  #enumeration(): void {
    const { map, else: other, present, otherwise, from, value } = this.#mapping;
    const literals: [string[], Literal | undefined][] = Object.entries(map ?? {}).map(([key, item]) => [
      ['map', key],
      item,
    ]);
    if (other !== 'hold') literals.push([['else'], other]);
    literals.push([['default'], this.#mapping.default]);
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
