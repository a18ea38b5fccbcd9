import type { Flow, OwnFieldType, Spec } from '../../spec/types.ts';
import { modelName, tableName } from '../names.ts';
import { ownFields } from '../own-fields.ts';
import { recordXmlIds } from '../record-models.ts';
import type { FlowNames, Lock, State, Step } from './lock.ts';
import { MENU_ID, flowXmlIds } from './xml-ids.ts';

/** The lock as it has to be for a spec: what was released stays, the rest is made anew. */
export function advance(lock: Lock | undefined, spec: Spec, hash: string): Lock {
  const released = lock?.released ?? [];
  const last = released.at(-1);
  const same = last !== undefined && last.version === spec.connector.version && last.hash === hash;
  const current = same ? last : stateOf(spec, hash, last);
  return { lock: 1, connector: spec.connector.code, released, current };
}

/** The lock after a release of its current state; the same when it was released before. */
export function release(lock: Lock): Lock {
  const last = lock.released.at(-1);
  if (last?.version === lock.current.version) return lock;
  return { ...lock, released: [...lock.released, lock.current] };
}

/** Every version that a database may still have to be brought to, with its steps; oldest first. */
export function migrations(lock: Lock): State[] {
  const { released, current } = lock;
  const all = released.at(-1)?.version === current.version ? released : [...released, current];
  return all.filter(({ migration }) => migration.length > 0);
}

function stateOf(spec: Spec, hash: string, last: State | undefined): State {
  const { code, version } = spec.connector;
  const flows = mapValues(spec.flows, (flow, name) => flowNames(code, name, flow));
  const ids = Object.keys(flows).flatMap((name) => flowXmlIds(name, tableName(code, name)));
  return {
    version,
    hash,
    flows,
    xml_ids: [MENU_ID, ...ids, ...recordXmlIds(spec)].sort(),
    migration: last === undefined ? [] : steps(last, spec),
  };
}

function flowNames(code: string, name: string, flow: Flow): FlowNames {
  const columns = mapValues(flow.columns ?? {}, ({ type }) => type);
  const added = addedTypes(flow);
  const names = { kind: flow.kind, model: modelName(code, name), columns };
  return Object.keys(added).length === 0 ? names : { ...names, record_fields: added };
}

/** Fields that a flow adds to its record, by name. */
function addedTypes(flow: Flow): Record<string, OwnFieldType> {
  const added = Object.values(ownFields(flow)).filter(({ existing }) => existing === null);
  return Object.fromEntries(added.map(({ name, type }) => [name, type]));
}

/** What a database of the last release needs to become one of this spec. Names are those that are valid at each step. */
function steps(last: State, spec: Spec): Step[] {
  const former = new Map(
    Object.entries(spec.flows).map(([name, flow]) => [formerFlow(last, name, flow), name]),
  );
  const gone = Object.keys(last.flows).filter((name) => !former.has(name));
  const kept = Object.entries(last.flows).flatMap(([old, names]) => {
    const name = former.get(old);
    const flow = name === undefined ? undefined : spec.flows[name];
    if (name === undefined || flow === undefined) return [];
    const rename: Step[] = old === name ? [] : [{ step: 'rename_flow', flow: old, to: name }];
    return [...rename, ...columnSteps(name, names, flow), ...recordSteps(name, names, flow)];
  });
  return [...gone.map((flow): Step => ({ step: 'archive_flow', flow })), ...kept];
}

function columnSteps(flow: string, last: FlowNames, now: Flow): Step[] {
  const columns = now.columns ?? {};
  const former = new Map(
    Object.entries(columns).map(([name, column]) => [formerColumn(last, name, column.renamed_from), name]),
  );
  const archives: Step[] = [];
  const rest: Step[] = [];
  for (const [old, type] of Object.entries(last.columns)) {
    const name = former.get(old);
    const column = name === undefined ? undefined : columns[name];
    if (name === undefined || column === undefined) {
      archives.push({ step: 'archive_column', flow, column: old });
      continue;
    }
    if (old !== name) rest.push({ step: 'rename_column', flow, column: old, to: name });
    if (type !== column.type) rest.push({ step: 'retype_column', flow, column: name, to: column.type });
  }
  return [...archives, ...rest];
}

/** A field of another type is another field: the values of the former one are set aside, the next message fills the new one. */
function recordSteps(flow: string, last: FlowNames, now: Flow): Step[] {
  const added = addedTypes(now);
  const former = new Map(
    Object.keys(added).map((name) => [
      formerRecordField(last, name, now.fields?.[name]?.field?.renamed_from),
      name,
    ]),
  );
  return Object.entries(last.record_fields ?? {}).flatMap(([old, type]): Step[] => {
    const name = former.get(old);
    if (name === undefined || added[name] !== type)
      return [{ step: 'archive_record_field', flow, field: old }];
    return old === name ? [] : [{ step: 'rename_record_field', flow, field: old, to: name }];
  });
}

export function formerRecordField(last: FlowNames, name: string, renamedFrom: string | undefined): string {
  return renamedFrom === undefined || Object.hasOwn(last.record_fields ?? {}, name) ? name : renamedFrom;
}

/** What a flow was called in a release. A rename that the release knows already has been done. */
export function formerFlow(last: State, name: string, flow: Flow): string {
  if (flow.renamed_from === undefined || Object.hasOwn(last.flows, name)) return name;
  return flow.renamed_from;
}

export function formerColumn(last: FlowNames, name: string, renamedFrom: string | undefined): string {
  return renamedFrom === undefined || Object.hasOwn(last.columns, name) ? name : renamedFrom;
}

function mapValues<T, R>(
  map: Readonly<Record<string, T>>,
  turn: (value: T, key: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, turn(value, key)]));
}
