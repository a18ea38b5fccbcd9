import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Column, Flow, PlantStep, Spec } from '../../spec/types.ts';
import { flowKind } from '../own-fields.ts';
import { checkRetention } from '../retention.ts';
import { checkDuration } from './events.ts';
import { checkFields, checkSides } from './fields.ts';
import { checkInput } from './inputs.ts';
import { checkFormat, checkVersions } from './moments.ts';
import type { PathChecker, Scopes } from './paths.ts';
import { flowScopes, withoutLines } from './scopes.ts';

export function checkFlows(spec: Spec, paths: PathChecker, report: Report): void {
  for (const [name, flow] of Object.entries(spec.flows)) {
    const place = ['flows', name];
    const scopes = flowScopes(spec, flow);
    checkDuration(flow.delay_budget, [...place, 'delay_budget'], report);
    checkRetention(flow.retention, [...place, 'retention'], report);
    checkFlowKeys(flow, place, report);
    checkMatch(flow, [...place, 'match'], report);
    checkPlant(flow.plant, [...place, 'plant'], withoutLines(scopes), paths, report);
    for (const [column, item] of Object.entries(flow.columns ?? {})) {
      checkColumn(item, [...place, 'columns', column], scopes, paths, report);
    }
    checkVersions(flow, place, report);
    checkFields(
      flow.fields ?? {},
      flowKind(flow),
      [...place, 'fields'],
      fieldScopes(spec, flow),
      paths,
      report,
    );
    for (const [input, item] of Object.entries(flow.inputs)) {
      checkInput(spec, flow, item, [...place, 'inputs', input], paths, report);
    }
  }
}

function checkColumn(column: Column, place: Path, scopes: Scopes, paths: PathChecker, report: Report): void {
  paths.sources(column.from, [...place, 'from'], scopes);
  paths.filters(column.clean, [...place, 'clean']);
  checkFormat(column.format, [...place, 'format'], report);
  if (column.type === 'datetime' || column.type === 'date') return;
  for (const key of ['time_zone', 'format'] as const) {
    if (column[key] === undefined) continue;
    const expected = 'it with type datetime or date only';
    report.add('field-key-invalid', [...place, key], { found: show(key), expected, part: 'key' });
  }
}

/** Field mappings of the flow serve every input but deletions. */
function fieldScopes(spec: Spec, flow: Flow): Scopes {
  return flowScopes(
    spec,
    flow,
    Object.values(flow.inputs).filter((input) => input.role !== 'delete'),
  );
}

const OF_RECORDS = ['on_conflict', 'delete', 'match', 'empty_match_key', 'ambiguous_match'] as const;
const OF_POSTINGS = ['shortage'] as const;

function checkFlowKeys(flow: Flow, place: Path, report: Report): void {
  const applies = flowKind(flow).roles.includes('apply');
  const wrong = (key: keyof Flow, expected: string): void => {
    if (flow[key] !== undefined)
      report.add('flow-key-invalid', [...place, key], { found: show(key), expected, part: 'key' });
  };
  for (const key of applies ? OF_POSTINGS : OF_RECORDS)
    wrong(key, `no such key in a flow of kind ${flow.kind}`);
  const values = flowKind(flow).fields.status?.values ?? [];
  if (flow.delete === 'cancel' && !values.includes('cancelled'))
    wrong('delete', `archive, ignore or hold: kind ${flow.kind} has no status cancelled`);
  checkSides(flow, place, flow.system_of_record ?? 'cmms', report);
  if (!applies || flow.match !== undefined || report.isBroken([...place, 'match'])) return;
  for (const key of ['empty_match_key', 'ambiguous_match'] as const) wrong(key, 'it together with `match:`');
}

function checkMatch(flow: Flow, place: Path, report: Report): void {
  const names = ['plant', ...Object.keys(flow.fields ?? {}).filter((name) => name in flowKind(flow).fields)];
  for (const [index, fields] of (flow.match ?? []).entries()) {
    for (const [position, name] of fields.entries()) {
      if (names.includes(name) || report.isBroken([...place.slice(0, -1), 'fields', name])) continue;
      report.add('match-unknown', [...place, index, position], {
        found: show(name),
        expected: oneOf(names),
        names,
        name,
      });
    }
  }
}

function checkPlant(
  steps: readonly PlantStep[],
  place: Path,
  scopes: Scopes,
  paths: PathChecker,
  report: Report,
): void {
  for (const [index, step] of steps.entries()) {
    const at = [...place, index];
    const keys = Object.keys(step).sort().join('+');
    const last = index === steps.length - 1;
    if (!['cross_reference+from', 'work_order', 'only'].includes(keys)) {
      report.add('plant-step-invalid', at, {
        found: keys,
        expected: 'cross_reference with from, or work_order, or only',
      });
    } else if (step.only === true && !last) {
      report.add('plant-step-invalid', at, {
        found: 'only before other steps',
        expected: 'it as the last step',
      });
    }
    paths.sources(step.from, [...at, 'from'], scopes);
    paths.sources(step.work_order, [...at, 'work_order'], scopes);
  }
}
