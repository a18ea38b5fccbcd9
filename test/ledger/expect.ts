import { toMillionths, type Millionths } from './amount.ts';

/** A callback as it was posted. `maybe`: no attempt was answered, the receiver may or may not have taken it. */
export interface SentCallback {
  event: string;
  rawBody: string;
  outcome: 'accepted' | 'maybe' | 'refused';
}

/** A read that the CMMS answered. */
export interface CmmsAnswer {
  path: string;
  status: number;
  body: unknown;
}

/** One consumption (or return: negative) as the CMMS told it. */
export interface Operation {
  part: string;
  workOrder: string;
  taken: Millionths;
  /** Epoch milliseconds. */
  occurredAt: number;
  /** `must`: posted exactly once. `may`: at most once. `must_not`: waits for a person. */
  expectation: 'must' | 'may' | 'must_not';
  why: string;
}

type Json = Record<string, unknown>;

/**
 * What must have been posted, worked out from the callbacks and the answered reads alone: this file knows the product's
 * texts and the promises, not the program. One event sent twice says the same in all its plain values.
 */
export function expectedOperations(
  sent: SentCallback[],
  answers: CmmsAnswer[],
  boundParts: Set<string>,
): Operation[] {
  const certain = sent.filter((callback) => callback.outcome === 'accepted');
  const possible = sent.filter((callback) => callback.outcome !== 'refused');
  const sure = knownWorkOrders(certain, answers);
  const perhaps = knownWorkOrders(possible, answers);
  const operations = new Map<string, Operation>();
  for (const callback of possible) {
    if (callback.event !== 'PART_QUANTITY_CHANGED') continue;
    const body = JSON.parse(callback.rawBody) as Json;
    if (!isPresent(body['workOrderId']) || body['changedAmount'] === 0) continue;
    const identity = identityOf(body);
    const known = operations.get(identity);
    const operation = known ?? read(body);
    operations.set(identity, operation);
    const accepted = callback.outcome === 'accepted' || known?.expectation === 'must';
    Object.assign(operation, expectation(operation, accepted, { boundParts, sure, perhaps }));
  }
  return [...operations.values()];
}

function read(body: Json): Operation {
  return {
    part: String(body['partId']),
    workOrder: String(body['workOrderId']),
    taken: -toMillionths(Number(body['changedAmount'])),
    occurredAt: Date.parse(String(body['occurredAt'])),
    expectation: 'may',
    why: '',
  };
}

interface Known {
  boundParts: Set<string>;
  sure: Set<string>;
  perhaps: Set<string>;
}

function expectation(
  operation: Operation,
  accepted: boolean,
  known: Known,
): Pick<Operation, 'expectation' | 'why'> {
  if (!known.boundParts.has(operation.part)) {
    return { expectation: 'must_not', why: `part ${operation.part} is bound to no product` };
  }
  if (!known.perhaps.has(operation.workOrder)) {
    return { expectation: 'must_not', why: `work order ${operation.workOrder} is not known` };
  }
  if (!accepted) return { expectation: 'may', why: 'sent, but never answered' };
  if (!known.sure.has(operation.workOrder))
    return { expectation: 'may', why: 'its work order was never answered' };
  return { expectation: 'must', why: 'accepted' };
}

/** All plain values at the root; a record that comes along, or not, does not make another event. */
function identityOf(body: Json): string {
  const plain = Object.entries(body).filter(([, value]) => typeof value !== 'object');
  return JSON.stringify(plain.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A work order is known when a record of it was delivered whose machine, if it names one, is known too. */
function knownWorkOrders(callbacks: SentCallback[], answers: CmmsAnswer[]): Set<string> {
  const assets = new Set<string>();
  const records: Json[] = [];
  for (const { event, rawBody } of callbacks) {
    const body = JSON.parse(rawBody) as Json;
    if (event === 'NEW_ASSET' || event === 'ASSET_STATUS_CHANGE') assets.add(String(body['assetId']));
    if (!['NEW_WORK_ORDER', 'WORK_ORDER_CHANGE', 'WORK_ORDER_STATUS_CHANGE'].includes(event)) continue;
    const carried = body['newWorkOrder'] ?? body['changedWorkOrder'];
    if (isRecord(carried)) records.push(carried);
    else records.push(...answered(answers, `/work-orders/${String(body['workOrderId'])}`));
  }
  records.push(...answers.flatMap((answer) => pageRows(answer)));
  const known = records.filter(
    (record) => !isRecord(record['asset']) || assets.has(String(record['asset']['id'])),
  );
  return new Set(known.map((record) => String(record['id'])));
}

function answered(answers: CmmsAnswer[], path: string): Json[] {
  return answers
    .filter((answer) => answer.path === path && answer.status === 200)
    .map((answer) => answer.body as Json);
}

function pageRows(answer: CmmsAnswer): Json[] {
  return answer.path === '/work-orders/search' ? (answer.body as { content: Json[] }).content : [];
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
