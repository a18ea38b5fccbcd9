import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Flow, Input, Spec } from '../../spec/types.ts';
import { fieldsOf, isSnapshot } from '../input-contract.ts';
import { OF_AMOUNTS } from '../kinds.ts';
import { flowKind } from '../own-fields.ts';
import { checkFields } from './fields.ts';
import { checkLines } from './lines.ts';
import { checkLiterals } from './literals.ts';
import { checkMoments } from './moments.ts';
import type { PathChecker } from './paths.ts';
import { inputScopes, without, withoutLines } from './scopes.ts';

/** One input: its role, what the role needs and forbids, its paths and its fields. */
export function checkInput(
  spec: Spec,
  flow: Flow,
  input: Input,
  place: Path,
  paths: PathChecker,
  report: Report,
): void {
  checkRole(flow, input, place, report);
  checkLines(input, place, inputScopes(spec, input), paths, report);
  checkPaths(spec, input, place, paths, report);
  checkOwnFields(spec, flow, input, place, paths, report);
  checkComplete(flow, input, place, report);
}

function checkRole(flow: Flow, input: Input, place: Path, report: Report): void {
  const { roles } = flowKind(flow);
  if (!roles.includes(input.role)) {
    report.add('role-invalid', [...place, 'role'], {
      found: show(input.role),
      expected: `${oneOf(roles)}, as the kind is ${flow.kind}`,
    });
    return;
  }
  const ofRecord = input.role === 'apply' || input.role === 'delete';
  if (ofRecord && input.key === undefined && !report.isBroken([...place, 'key'])) {
    report.add('input-key-missing', place, {
      found: 'no "key"',
      expected: `a key, as the role is ${input.role}`,
      part: 'key',
    });
  }
  const unused = (key: keyof Input, expected: string): void => {
    if (input[key] !== undefined)
      report.add('input-key-unused', [...place, key], { found: show(key), expected, part: 'key' });
  };
  if (!ofRecord) unused('key', `none: what an input with role ${input.role} makes is known by the event`);
  for (const key of ['archive_when', 'merge'] as const)
    if (input.role !== 'apply') unused(key, 'it with role apply only');
}

function checkPaths(spec: Spec, input: Input, place: Path, paths: PathChecker, report: Report): void {
  const all = inputScopes(spec, input);
  const whole = withoutLines(all);
  // one command per line: what it says of itself counts
  const own = isSnapshot(input) ? whole : all;
  const received = without(whole, 'record');
  paths.paths(input.record, [...place, 'record'], received, { bare: true, looked: true });
  paths.sources(input.line_key, [...place, 'line_key'], all);
  paths.sources(input.key, [...place, 'key'], own);
  checkMoments(input, place, own, paths, report);
  for (const key of ['when', 'archive_when'] as const) {
    paths.conditions(input[key], [...place, key], key === 'when' ? whole : own);
    checkLiterals(input[key], [...place, key], report);
  }
}

function checkOwnFields(
  spec: Spec,
  flow: Flow,
  input: Input,
  place: Path,
  paths: PathChecker,
  report: Report,
): void {
  const kind = flowKind(flow);
  const fields = Object.entries(input.fields ?? {});
  const inLines = fields.filter(([name]) => !isSnapshot(input) || kind.lineFields.includes(name));
  const outside = fields.filter(([name]) => !inLines.some(([other]) => other === name));
  const scopes = inputScopes(spec, input);
  const at = [...place, 'fields'];
  checkFields(Object.fromEntries(inLines), kind, at, scopes, paths, report);
  checkFields(Object.fromEntries(outside), kind, at, withoutLines(scopes), paths, report);
  for (const [name] of fields) {
    const field = kind.fields[name];
    const unfit =
      isSnapshot(input) && field !== undefined && !field.required && !kind.lineFields.includes(name);
    if (input.role !== 'delete' && !unfit) continue;
    report.add('field-misplaced', [...at, name], {
      found: show(name),
      expected: `no such field, as the role is ${input.role}`,
      part: 'key',
    });
  }
}

/** Whatever makes or compares a record has the fields the kind requires. */
function checkComplete(flow: Flow, input: Input, place: Path, report: Report): void {
  const kind = flowKind(flow);
  if (input.role === 'delete' || !kind.roles.includes(input.role)) return;
  const mapped = fieldsOf(flow, input);
  const flowFields = [...place.slice(0, 2), 'fields'];
  if (report.isBroken(flowFields) || report.isBroken([...place, 'fields'])) return;
  checkAmounts(flow, mapped, place, report);
  checkZeros(flow, input, place, report);
  const names = Object.entries(kind.fields).filter(([name, field]) => field.required && !(name in mapped));
  for (const [name] of names) {
    report.add('field-missing', place, {
      found: `no ${show(name)}`,
      expected: `a mapping of ${show(name)} for this input`,
      part: 'key',
    });
  }
}

/** An amount says in which currency it is, and whether tax is in it. */
function checkAmounts(flow: Flow, mapped: object, place: Path, report: Report): void {
  const { fields } = flowKind(flow);
  const amount = Object.keys(mapped).find((name) => fields[name]?.measure === 'amount');
  const lacking = OF_AMOUNTS.filter((name) => !(name in mapped) && fields[name]?.required !== true);
  if (amount === undefined || lacking.length === 0) return;
  report.add('amount-bare', place, {
    found: `${show(amount)} without ${lacking.join(' and ')}`,
    expected: `a mapping of ${lacking.join(' and ')} for this input`,
    part: 'key',
  });
}

/** None is nothing to post, but a statement of a snapshot: left out, the part would count as not listed. */
function checkZeros(flow: Flow, input: Input, place: Path, report: Report): void {
  const refused = input.role === 'converge' ? 'ignore' : 'set';
  const { fields } = flowKind(flow);
  for (const [name, mapping] of Object.entries(fieldsOf(flow, input))) {
    if (fields[name]?.type !== 'quantity' || mapping.zero !== refused) continue;
    const own = input.fields?.[name] !== undefined;
    const at = own ? [...place, 'fields', name, 'zero'] : [...place.slice(0, 2), 'fields', name, 'zero'];
    const fitting = input.role === 'converge' ? ['set', 'hold'] : ['ignore', 'hold'];
    report.add('field-key-invalid', at, {
      found: `zero: ${refused}`,
      expected: `${oneOf(fitting)}, as the role is ${input.role}`,
      part: 'key',
    });
  }
}
