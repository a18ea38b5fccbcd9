import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Column, Flow, Spec } from '../../spec/types.ts';
import { buildContract } from '../contract.ts';
import type { FlowNames, Lock, State } from '../lock/lock.ts';
import { formerFlow } from '../lock/state.ts';

/** Checks a spec that is sound by itself against what was released of it. */
export function checkRelease(spec: Spec, lock: Lock | undefined, report: Report): void {
  checkRenames(spec, lock?.released.at(-1), report);
  const last = lock?.released.at(-1);
  if (last !== undefined && !report.failed) checkVersion(spec, last, report);
}

function checkVersion(spec: Spec, last: State, report: Report): void {
  const { version } = spec.connector;
  const order = compareVersions(version, last.version);
  if (order > 0 || (order === 0 && buildContract(spec).hash === last.hash)) return;
  report.add('version-not-raised', ['connector', 'version'], {
    found: `${version}, and another contract than the released ${last.version}`,
    expected: `a version above ${last.version}`,
  });
}

/** Below 0 when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  const index = (left ?? []).findIndex((part, at) => part !== right?.[at]);
  return index < 0 ? 0 : (left?.[index] ?? 0) - (right?.[index] ?? 0);
}

function checkRenames(spec: Spec, last: State | undefined, report: Report): void {
  const flows = Object.entries(spec.flows);
  const renamed = flows.map(([name, flow]): Renamed => ({
    name,
    from: flow.renamed_from,
    at: ['flows', name],
  }));
  checkNames(renamed, last === undefined ? undefined : Object.keys(last.flows), report);
  for (const [name, flow] of flows) {
    const known = last?.flows[formerFlowOf(last, name, flow)];
    checkColumns(flow.columns ?? {}, known, ['flows', name, 'columns'], report);
    checkNames(addedFields(name, flow), known && Object.keys(known.record_fields ?? {}), report);
    if (known !== undefined && known.kind !== flow.kind) {
      report.add('kind-changed', ['flows', name, 'kind'], {
        found: flow.kind,
        expected: `${known.kind}, as in release ${last?.version ?? ''}`,
      });
    }
  }
}

function formerFlowOf(last: State | undefined, name: string, flow: Flow): string {
  return last === undefined ? name : formerFlow(last, name, flow);
}

function checkColumns(
  columns: Readonly<Record<string, Column>>,
  known: FlowNames | undefined,
  place: Path,
  report: Report,
): void {
  const renamed = Object.entries(columns).map(([name, column]): Renamed => ({
    name,
    from: column.renamed_from,
    at: [...place, name],
  }));
  checkNames(renamed, known === undefined ? undefined : Object.keys(known.columns), report);
}

/** Fields that a flow adds to its record. */
function addedFields(flow: string, { fields = {} }: Flow): Renamed[] {
  return Object.entries(fields).flatMap(([name, { field }]) =>
    field === undefined
      ? []
      : [{ name, from: field.renamed_from, at: ['flows', flow, 'fields', name, 'field'] }],
  );
}

interface Renamed {
  readonly name: string;
  readonly from: string | undefined;
  readonly at: Path;
}

/** A rename takes a released name that nothing else has or takes. Without a release there is nothing to rename yet. */
function checkNames(
  items: readonly Renamed[],
  released: readonly string[] | undefined,
  report: Report,
): void {
  const taken = new Set(items.map(({ name }) => name));
  for (const { name, from, at } of items) {
    if (from === undefined) continue;
    const place = [...at, 'renamed_from'];
    const ambiguous = released?.includes(name) === true && released.includes(from);
    if (taken.has(from) || ambiguous) {
      report.add('rename-in-use', place, {
        found: show(from),
        expected: 'a name that became free, for one that is new',
      });
    } else if (released !== undefined && !released.includes(name) && !released.includes(from)) {
      const names = released.filter((old) => !taken.has(old));
      report.add('rename-unknown', place, {
        found: show(from),
        expected: 'a name of the last release',
        names,
        name: from,
      });
    }
    taken.add(from);
  }
}
