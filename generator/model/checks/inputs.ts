import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Flow, Input, Spec } from '../../spec/types.ts';
import { fieldsOf } from '../input-contract.ts';
import { kindOf } from '../kinds.ts';
import { checkFields } from './fields.ts';
import { checkLiterals } from './literals.ts';
import type { PathChecker } from './paths.ts';
import { inputScopes, without } from './scopes.ts';

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
  checkLines(input, place, report);
  checkPaths(spec, input, place, paths, report);
  checkOwnFields(spec, flow, input, place, paths, report);
  checkComplete(flow, input, place, report);
}

function checkRole(flow: Flow, input: Input, place: Path, report: Report): void {
  const { roles } = kindOf(flow.kind);
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
  if (input.role !== 'apply') unused('archive_when', 'it with role apply only');
}

function checkLines(input: Input, place: Path, report: Report): void {
  const wrong = (key: 'lines' | 'line_key' | undefined, found: string, expected: string): void => {
    report.add('input-lines-invalid', key ? [...place, key] : place, { found, expected, part: 'key' });
  };
  const { role, lines, line_key: key } = input;
  if (report.isBroken([...place, 'lines']) || report.isBroken([...place, 'line_key'])) return;
  if ((role === 'apply' || role === 'delete') && lines !== undefined)
    wrong('lines', 'lines', `none, as the role is ${role}`);
  if (role === 'check' && lines === undefined) wrong(undefined, 'no lines', 'the list that is compared');
  if (role === 'post' && lines !== undefined && key === undefined) {
    wrong(undefined, 'no line_key', 'what tells the lines apart: a place in a list is no identity');
  }
  if (key !== undefined && (role !== 'post' || lines === undefined))
    wrong('line_key', 'line_key', 'it with role post and lines only');
}

function checkPaths(spec: Spec, input: Input, place: Path, paths: PathChecker, report: Report): void {
  const all = inputScopes(spec, input);
  const whole = without(all, 'line');
  const received = without(whole, 'record');
  paths.paths(input.record, [...place, 'record'], received, { bare: true, looked: true });
  paths.paths(input.lines, [...place, 'lines'], whole, { bare: true, looked: true });
  paths.paths(input.line_key, [...place, 'line_key'], all);
  for (const key of ['key', 'version', 'occurred_at'] as const)
    paths.paths(input[key], [...place, key], whole);
  for (const key of ['when', 'archive_when'] as const) {
    paths.conditions(input[key], [...place, key], whole);
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
  const kind = kindOf(flow.kind);
  const fields = Object.entries(input.fields ?? {});
  const inLines = fields.filter(([name]) => input.role !== 'check' || kind.lineFields.includes(name));
  const outside = fields.filter(([name]) => !inLines.some(([other]) => other === name));
  const scopes = inputScopes(spec, input);
  const at = [...place, 'fields'];
  checkFields(Object.fromEntries(inLines), flow.kind, at, scopes, paths, report);
  checkFields(Object.fromEntries(outside), flow.kind, at, without(scopes, 'line'), paths, report);
  for (const [name] of fields) {
    const field = kind.fields[name];
    const unfit =
      input.role === 'check' && field !== undefined && !field.required && !kind.lineFields.includes(name);
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
  const kind = kindOf(flow.kind);
  if (input.role === 'delete' || !kind.roles.includes(input.role)) return;
  const mapped = fieldsOf(flow, input);
  const flowFields = [...place.slice(0, 2), 'fields'];
  if (report.isBroken(flowFields) || report.isBroken([...place, 'fields'])) return;
  const names = Object.entries(kind.fields).filter(([name, field]) => field.required && !(name in mapped));
  for (const [name] of names) {
    report.add('field-missing', place, {
      found: `no ${show(name)}`,
      expected: `a mapping of ${show(name)} for this input`,
      part: 'key',
    });
  }
}
