import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Input, Lines } from '../../spec/types.ts';
import { asParts } from '../../spec/types.ts';
import { LINE_SCOPES } from '../paths.ts';
import { checkLiterals } from './literals.ts';
import type { PathChecker, Scopes } from './paths.ts';
import { lineScopes, withoutLines } from './scopes.ts';

/** What a role needs and forbids of lines, and the lists themselves. */
export function checkLines(
  input: Input,
  place: Path,
  scopes: Scopes,
  paths: PathChecker,
  report: Report,
): void {
  if (!report.isBroken([...place, 'lines']) && !report.isBroken([...place, 'line_key']))
    checkUse(input, place, report);
  checkList(input.lines, [...place, 'lines'], withoutLines(scopes), lineScopes(input.lines), paths, report);
}

function checkUse(input: Input, place: Path, report: Report): void {
  const wrong = (
    key: 'lines' | 'line_key' | 'unlisted' | undefined,
    found: string,
    expected: string,
  ): void => {
    report.add('input-lines-invalid', key ? [...place, key] : place, { found, expected, part: 'key' });
  };
  const { role, lines, line_key: key, unlisted } = input;
  if (role === 'delete' && lines !== undefined) wrong('lines', 'lines', 'none, as the role is delete');
  if ((role === 'check' || role === 'converge') && lines === undefined)
    wrong(undefined, 'no lines', 'the list that is compared');
  if (role === 'post' && lines !== undefined && key === undefined) {
    wrong(undefined, 'no line_key', 'what tells the lines apart: a place in a list is no identity');
  }
  if (key !== undefined && (role !== 'post' || lines === undefined))
    wrong('line_key', 'line_key', 'it with role post and lines only');
  if (role !== 'converge' && unlisted !== undefined)
    wrong('unlisted', 'unlisted', 'it with role converge only');
  if (role === 'converge' && unlisted === undefined && !report.isBroken([...place, 'unlisted'])) {
    const expected = 'unlisted: zero or keep';
    report.add('snapshot-open', place, { found: 'no unlisted', expected, part: 'key' });
  }
}

type List = Input['lines'];

function checkList(
  value: List,
  place: Path,
  outside: Scopes,
  names: readonly Scopes['allowed'][number][],
  paths: PathChecker,
  report: Report,
): void {
  const lines = asParts<Lines>(value, 'path');
  if (lines === undefined || report.isBroken(place)) return;
  const [name, ...inner] = names;
  const wrong = (key: string, expected: string): void => {
    report.add('lines-invalid', [...place, key], { found: show(key), expected, part: 'key' });
  };
  if (name === undefined) return;
  const isPath = typeof value === 'string' || Array.isArray(value);
  const rules = { bare: true, looked: true };
  paths.paths(lines.path, isPath ? place : [...place, 'path'], outside, rules);
  for (const [step, list] of Object.entries(lines.zip ?? {}))
    paths.paths(list, [...place, 'zip', step], outside, rules);
  const inside: Scopes = { ...outside, allowed: [...outside.allowed, name] };
  paths.conditions(lines.where, [...place, 'where'], inside);
  checkLiterals(lines.where, [...place, 'where'], report);
  if ((lines.path === undefined) === (lines.zip === undefined))
    report.add('lines-invalid', place, { found: 'lines', expected: 'path, or zip', part: 'key' });
  if (lines.net !== undefined) checkNet(lines.net, lines, [...place, 'net'], place, outside, paths, report);
  if (lines.then !== undefined && inner.length === 0) wrong('then', 'at most three lists in each other');
  checkList(lines.then, [...place, 'then'], inside, inner, paths, report);
}

/** Sums are made of whole lines, by whatever stands around them. */
function checkNet(
  net: NonNullable<Lines['net']>,
  lines: Lines,
  place: Path,
  parent: Path,
  outside: Scopes,
  paths: PathChecker,
  report: Report,
): void {
  const isInner = outside.allowed.some((scope) => LINE_SCOPES.some((name) => name === scope));
  if (isInner) {
    report.add('lines-invalid', place, {
      found: 'net',
      expected: `it beside the outermost list, not under ${show(parent.at(-1))}`,
      part: 'key',
    });
    return;
  }
  const all: Scopes = { ...outside, allowed: [...outside.allowed, ...lineScopes(lines)] };
  paths.sources(net.by, [...place, 'by'], all);
  paths.path(net.sum, [...place, 'sum'], { ...all, allowed: ['line'] });
}
