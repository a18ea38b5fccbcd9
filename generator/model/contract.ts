import type { Column, EventSpec, Flow, Lane, PlantStep, Spec } from '../spec/types.ts';
import { asList } from '../spec/types.ts';
import { contractHash } from './canonical-json.ts';
import type { Json } from './canonical-json.ts';
import { parseDuration } from './duration.ts';
import { eventSchema } from './event-schema.ts';
import { inputContract } from './input-contract.ts';
import { addedFieldName, modelName } from './names.ts';
import { ownFields } from './own-fields.ts';
import { retentionContract } from './retention.ts';
import { writesContract } from './write-contract.ts';
import { fetchContract, readContract, sourceContract } from './source-contract.ts';

type Doc = { [key: string]: Json };
export type Contract = Doc & { readonly hash: string };

const LANES: readonly Lane[] = ['critical', 'standard', 'batch'];

/** contract.json (docs/architecture.md §3): every default spelled out, every number whole, hash last. */
export function buildContract(spec: Spec): Contract {
  const { code, title, version, odoo } = spec.connector;
  const doc: Doc = {
    contract: 1,
    connector: { code, title, version, odoo },
    source: sourceContract(spec.source),
    events: events(spec),
    reads: mapValues(spec.source.reads ?? {}, readContract),
    personal: mapValues(spec.personal ?? {}, asList),
    flows: mapValues(spec.flows, (flow, name) => flowContract(code, name, flow)),
    ...writesContract(spec),
  };
  return { ...doc, hash: contractHash(doc) };
}

function events(spec: Spec): Doc {
  const feeds = flowsByEvent(spec);
  const contract = (origin: string) => (event: EventSpec, name: string) =>
    eventContract(feeds.get(name) ?? new Map(), event, origin);
  const callbacks = mapValues(spec.source.events, contract('callback'));
  const reads = mapValues(spec.source.reads ?? {}, contract('read'));
  return { ...callbacks, ...reads };
}

/** For each event the flows that it feeds, in the order of the spec. */
function flowsByEvent(spec: Spec): Map<string, Map<string, Flow>> {
  const feeds = new Map<string, Map<string, Flow>>();
  for (const [name, flow] of Object.entries(spec.flows)) {
    for (const event of Object.values(flow.inputs).flatMap(({ on }) => on)) {
      const fed = feeds.get(event) ?? new Map<string, Flow>();
      feeds.set(event, fed.set(name, flow));
    }
  }
  return feeds;
}

function eventContract(flows: ReadonlyMap<string, Flow>, event: EventSpec, origin: string): Doc {
  const lanes = [...flows.values()].map((flow) => flow.lane);
  return {
    origin,
    flows: [...flows.keys()],
    lane: LANES.find((lane) => lanes.includes(lane)) ?? 'standard',
    subject: asList(event.subject),
    time: asList(event.time),
    identity: event.identity,
    schema: eventSchema(event.required),
    fetch: (event.fetch ?? []).map(fetchContract),
  };
}

function flowContract(code: string, name: string, flow: Flow): Doc {
  const applies = Object.values(flow.inputs).some((input) => input.role === 'apply');
  const matches = flow.match !== undefined && flow.match.length > 0;
  return {
    title: flow.title,
    kind: flow.kind,
    model: modelName(code, name),
    lane: flow.lane,
    delay_budget_seconds: parseDuration(flow.delay_budget) ?? 0,
    ...retentionContract(flow),
    system_of_record: flow.system_of_record ?? 'cmms',
    on_conflict: flow.on_conflict ?? flow.system_of_record ?? 'cmms',
    shortage: applies ? null : (flow.shortage ?? 'post'),
    delete: applies ? (flow.delete ?? 'archive') : null,
    match: flow.match ?? [],
    empty_match_key: matches ? (flow.empty_match_key ?? 'skip') : null,
    ambiguous_match: matches ? (flow.ambiguous_match ?? 'hold') : null,
    plant: flow.plant.map(plantStep),
    columns: mapValues(flow.columns ?? {}, columnContract),
    ...ownContract(code, flow),
    ...(flow.on_dead === 'block' ? { on_dead: flow.on_dead } : {}), // without it: continue, as in contracts of before
    inputs: mapValues(flow.inputs, (input) => inputContract(flow, input)),
  };
}

/** Fields of the record beside the canonical ones; a flow without them says nothing of them. */
function ownContract(code: string, flow: Flow): Doc {
  const own = ownFields(flow);
  if (Object.keys(own).length === 0) return {};
  return {
    own_fields: mapValues(own, ({ canonical, existing, name, type }) => ({
      type: canonical.type,
      values: canonical.values ?? null,
      odoo: existing ?? addedFieldName(code, name),
      odoo_type: type,
    })),
  };
}

function columnContract(column: Column): Doc {
  const { from, type, time_zone: zone, format, clean } = column;
  const zoned = type === 'datetime' || type === 'date';
  const moment = { time_zone: zone ?? 'UTC', format: format ?? 'iso' };
  return { from: asList(from), type, clean: clean ?? [], ...(zoned ? moment : {}) };
}

function plantStep(step: PlantStep): Doc {
  if (step.cross_reference !== undefined)
    return { cross_reference: step.cross_reference, from: asList(step.from) };
  if (step.work_order !== undefined) return { work_order: asList(step.work_order) };
  return { only: true };
}

function mapValues<T>(map: Readonly<Record<string, T>>, turn: (value: T, key: string) => Json): Doc {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, turn(value, key)]));
}
