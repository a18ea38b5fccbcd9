import type { Column, EventSpec, Flow, Lane, PlantStep, Spec } from '../spec/types.ts';
import { asList } from '../spec/types.ts';
import { contractHash } from './canonical-json.ts';
import type { Json } from './canonical-json.ts';
import { parseDuration } from './duration.ts';
import { eventSchema } from './event-schema.ts';
import { inputContract } from './input-contract.ts';
import { modelName } from './names.ts';
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
  const callbacks = mapValues(spec.source.events, (event, name) =>
    eventContract(spec, name, event, 'callback'),
  );
  const reads = mapValues(spec.source.reads ?? {}, (read, name) => eventContract(spec, name, read, 'read'));
  return { ...callbacks, ...reads };
}

function eventContract(spec: Spec, name: string, event: EventSpec, origin: string): Doc {
  const flows = Object.entries(spec.flows).filter(([, flow]) =>
    Object.values(flow.inputs).some((input) => input.on.includes(name)),
  );
  const lanes = flows.map(([, flow]) => flow.lane);
  return {
    origin,
    flows: flows.map(([flow]) => flow),
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
    system_of_record: flow.system_of_record ?? 'cmms',
    on_conflict: flow.on_conflict ?? flow.system_of_record ?? 'cmms',
    shortage: applies ? null : (flow.shortage ?? 'post'),
    delete: applies ? (flow.delete ?? 'archive') : null,
    match: flow.match ?? [],
    empty_match_key: matches ? (flow.empty_match_key ?? 'skip') : null,
    ambiguous_match: matches ? (flow.ambiguous_match ?? 'hold') : null,
    plant: flow.plant.map(plantStep),
    columns: mapValues(flow.columns ?? {}, columnContract),
    inputs: mapValues(flow.inputs, (input) => inputContract(flow, input)),
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
