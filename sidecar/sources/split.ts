import type { SourceRule } from '../contract.ts';
import { isTree, parseExact } from './exact-json.ts';
import { parseJson } from './identify.ts';
import { headerOf, type CallbackRequest } from './request.ts';

/** One event of a delivery. */
export interface Piece {
  /** JSON as it came, digit for digit. */
  raw: Buffer;
  payload: unknown;
  /** What the delivery says about it beside its body: `ce`, `batch`. */
  context: Record<string, unknown>;
  /** Why it cannot be taken apart; the whole delivery is then kept under this. */
  problem: string | null;
}

type Attributes = Record<string, unknown>;

const BATCH = /^application\/cloudevents-batch\+json\b/i;
const STRUCTURED = /^application\/cloudevents\+json\b/i;

/**
 * Takes a verified delivery apart: the events of a batch, the records of a list, without what is to be dropped. Undefined when nothing
 * of this is asked for: then the body is the event, and its bytes stay as they are.
 */
export function createSplitter(
  rule: Pick<SourceRule, 'accept' | 'records' | 'drop'>,
): ((request: CallbackRequest, raw: Buffer) => Piece[]) | undefined {
  const { accept, records: rows, drop } = rule;
  if (accept.format === 'json' && rows === null && drop.length === 0) return undefined;
  const drops = drop.map((path) => path.split('.').slice(1));
  const lists = rows?.path.map((path) => path.split('.').slice(1)) ?? null;
  const split = (request: CallbackRequest, raw: Buffer, payload: unknown): Piece[] => {
    const tree = parseExact(raw.toString('utf8'));
    const events = accept.format === 'json' ? [{ data: tree, context: {} }] : openCloudEvents(request, tree);
    if (events === null) return [whole(raw, payload, 'the body is no CloudEvent in JSON')];
    const pieces: Piece[] = [];
    for (const { data, context } of events) {
      const records = lists === null ? [{ data, context }] : openRecords(lists, data, context);
      if (records === null) return [whole(raw, payload, 'no list of records where the contract says')];
      for (const record of records) pieces.push(piece(record.data, record.context, drops));
    }
    return pieces;
  };
  return (request, raw) => {
    const payload = parseJson(raw);
    if (payload === undefined) return [whole(raw, undefined, 'the body is not JSON in UTF-8')];
    try {
      return split(request, raw, payload);
    } catch (error) {
      if (error instanceof RangeError) return [whole(raw, payload, 'the body is nested too deep')];
      throw error;
    }
  };
}

function whole(raw: Buffer, payload: unknown, problem: string): Piece {
  return { raw, payload, context: {}, problem };
}

function piece(data: unknown, context: Attributes, drops: readonly string[][]): Piece {
  for (const steps of drops) remove(data, steps);
  const text = JSON.stringify(data);
  return { raw: Buffer.from(text), payload: JSON.parse(text) as unknown, context, problem: null };
}

interface Opened {
  data: unknown;
  context: Attributes;
}

/** Null when it is none. Attributes of binary events are in the headers `ce-…`, percent-encoded. */
function openCloudEvents(request: CallbackRequest, tree: unknown): Opened[] | null {
  const type = headerOf(request, 'content-type') ?? '';
  if (BATCH.test(type) || Array.isArray(tree)) {
    const events = Array.isArray(tree) ? tree.map(structured) : [null];
    return events.some((event) => event === null) ? null : (events as Opened[]);
  }
  if (headerOf(request, 'ce-specversion') !== null && !STRUCTURED.test(type))
    return [{ data: tree, context: { ce: binaryAttributes(request) } }];
  const event = structured(tree);
  return event === null ? null : [event];
}

function structured(tree: unknown): Opened | null {
  if (!isTree(tree) || Array.isArray(tree)) return null;
  const { data, data_base64: bytes, ...attributes } = tree as Attributes;
  if (typeof attributes['type'] !== 'string' || typeof attributes['specversion'] !== 'string') return null;
  const ce = JSON.parse(JSON.stringify(attributes)) as Attributes;
  if (typeof bytes !== 'string') return { data: data ?? null, context: { ce } };
  const decoded = Buffer.from(bytes, 'base64');
  if (parseJson(decoded) === undefined) return null;
  return { data: parseExact(decoded.toString('utf8')), context: { ce } };
}

function binaryAttributes(request: CallbackRequest): Attributes {
  const entries = Object.keys(request.headers)
    .filter((name) => name.startsWith('ce-'))
    .map((name) => [name.slice(3), percentDecoded(headerOf(request, name) ?? '')] as const);
  return { ...Object.fromEntries(entries), datacontenttype: headerOf(request, 'content-type') ?? '' };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One record each, in order; a single one may stand there without a list. What is around the list is `batch`. */
function openRecords(lists: readonly string[][], data: unknown, context: Attributes): Opened[] | null {
  for (const steps of lists) {
    const found = reach(data, steps);
    if (!isTree(found)) continue;
    const records: unknown[] = Array.isArray(found) ? found : [found];
    remove(data, steps);
    const batch =
      steps.length === 0 || Array.isArray(data) ? {} : (JSON.parse(JSON.stringify(data)) as object);
    return records.map((record) => ({ data: record, context: { ...context, batch } }));
  }
  return null;
}

function reach(data: unknown, steps: readonly string[]): unknown {
  let value = data;
  for (const step of steps) {
    if (!isTree(value) || !Object.hasOwn(value, step)) return undefined;
    value = (value as Attributes)[step];
  }
  return value;
}

function remove(data: unknown, steps: readonly string[]): void {
  const last = steps.at(-1);
  const owner = reach(data, steps.slice(0, -1));
  if (last === undefined || !isTree(owner) || Array.isArray(owner)) return;
  Reflect.deleteProperty(owner, last);
}
