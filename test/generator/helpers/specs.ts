import { generate, releaseLock, SpecError, validate } from '../../../generator/index.ts';
import type { Addon, OdooModels, Problem, SpecText } from '../../../generator/index.ts';

/** The smallest spec with a read, a fetch, columns and two kinds of flow. */
export const BASE = `millwright: 1
connector: { code: acme, title: Acme, version: 1.0.0, odoo: '19.0' }
source:
  verify: { profile: hmac, algorithm: sha256, header: X-Sign, encoding: hex, signs: [body], timestamp: none }
  event_name: { header: X-Event }
  read: { auth: { profile: header, header: X-Token } }
  events:
    SAVED:
      subject: equipment/{event.id}
      time: event.at
      identity: [event.id, event.at]
      required: { event.id: text }
      fetch:
        - { as: machine, get: '/machines/{event.id}', until: [{ path: fetched.machine.rev, equals: 1 }] }
    TAKEN:
      subject: work_order/{event.order}
      time: event.at
      identity: [event.slip]
      required: { event.slip: text }
  reads:
    OPEN:
      every: 15m
      path: /open
      subject: work_order/{event.id}
      time: event.at
      identity: [event.id, event.at]
      required: { event.id: text }
flows:
  machine:
    title: Machines
    kind: equipment
    lane: batch
    delay_budget: 15m
    match: [[serial_no]]
    plant: [{ cross_reference: plant, from: record.site }, { only: true }]
    inputs:
      saved:
        role: apply
        on: [SAVED]
        record: [event.machine, fetched.machine]
        key: event.id
        version: event.at
        occurred_at: event.at
    fields:
      name: { from: record.name }
      serial_no: { from: record.plate, empty: clear }
      category: { from: record.family, by: name, missing: create }
      cost: { from: record.price, zero: keep }
    columns:
      floor: { from: record.floor, type: integer, title: Level }
  job:
    title: Jobs
    kind: work_order
    lane: standard
    delay_budget: 5m
    plant: [{ only: true }]
    inputs:
      read:
        role: apply
        on: [OPEN]
        record: event
        key: event.id
        version: event.at
        occurred_at: event.at
    fields:
      name: { from: record.title }
      status: { from: record.state, map: { new: open, closed: done } }
  usage:
    title: Usage
    kind: parts_consumption
    lane: standard
    delay_budget: 5m
    plant: [{ only: true }]
    inputs:
      taken:
        role: post
        on: [TAKEN]
        version: event.at
        occurred_at: event.at
        fields:
          work_order: { from: event.order }
          part: { from: event.part, missing: hold }
          quantity: { from: event.count }
          unit: { assume: product }
`;

/** The base spec, in which machines are written to the product as well. */
export const WRITING = BASE.replace(
  '    columns:\n      floor',
  `    direction: both
    out:
      values:
        name: name
        plate: serial_no
      look_up: { get: /machines, items: list, where: [{ path: item.code, equals_path: message.reference }], capture: { external_id: '{item.id}' } }
      echo: { remember: true }
      create: [{ as: saved, post: /machines, body: { name: '{value.name}', code: '{message.reference}' }, capture: { external_id: '{body.id}', version: '{body.rev}' } }]
      update:
        - { as: changed, patch: '/machines/{message.external_id}', partial: true, body: { name: '{value.name}', plate: '{value.plate}' } }
    columns:
      floor`,
);

export const FILE = 'specs/tiny.yaml';

/** The base spec with one piece of text replaced; the piece has to be there exactly once. */
export function edit(from: string, to: string, base: string = BASE): string {
  if (base.split(from).length !== 2) throw new Error(`not once in the base: ${from}`);
  return base.replace(from, () => to);
}

export function problemsOf(
  text: string,
  lock?: string,
  samples: Readonly<Record<string, string>> = {},
  odoo?: OdooModels,
): readonly Problem[] {
  try {
    validate({ ...source(text, lock), readSample: (path) => samples[path], ...(odoo && { odoo }) });
    return [];
  } catch (error) {
    if (error instanceof SpecError) return error.problems;
    throw error;
  }
}

export function source(text: string, lock?: string): SpecText {
  return { text, file: FILE, path: FILE, ...(lock === undefined ? {} : { lock }) };
}

export function generateText(text: string, lock?: string): Addon {
  return generate(source(text, lock));
}

/** The lock after this spec was generated and released, on top of what was released before. */
export function released(text: string, lock?: string): string {
  return releaseLock(source(text, generateText(text, lock).lock)).lock;
}

/** One file of the addon of a spec. */
export function fileOf(text: string, path: string): string {
  const content = generateText(text).files.get(path);
  if (content === undefined) throw new Error(`no file ${path}`);
  return content;
}
