import { show, type Millionths } from './amount.ts';
import type { Operation } from './expect.ts';

/** A done `stock.move` of a watched product, made after the baseline. */
export interface Move {
  id: number;
  product: number;
  /** In the product's own unit, never negative. */
  quantity: Millionths;
  from: number;
  to: number;
  /** Business time, epoch milliseconds, as exact as RPC shows it (whole seconds); null when the move carries none. */
  occurredAt: number | null;
  origin: string;
}

export interface LedgerInput {
  operations: Operation[];
  /** Part in the CMMS to product in Odoo, as an administrator bound them. */
  bindings: Map<string, number>;
  stockLocation: number;
  consumptionLocation: number;
  moves: Move[];
  /** On hand in the stock location, before anything was sent and now. */
  before: Map<number, Millionths>;
  now: Map<number, Millionths>;
}

export interface Finding {
  kind: 'lost' | 'double' | 'quantity';
  text: string;
}

export interface Verdict {
  /** Operations that must be posted, that may be, and that wait for a person. */
  must: number;
  may: number;
  held: number;
  posted: number;
  lost: number;
  double: number;
  /** Products whose stock is not what it was minus what was taken. */
  wrongStock: number;
  findings: Finding[];
  ok: boolean;
}

/** Compares what must have been posted with what Odoo holds, operation by operation and to the unit. */
export function judge(input: LedgerInput): Verdict {
  const findings: Finding[] = [];
  const { unmatched, matched } = matchMoves(input, findings);
  for (const move of unmatched) {
    findings.push({
      kind: 'double',
      text: `move ${move.id} (${move.origin}, product ${move.product}, ${show(move.quantity)}) stands for nothing that was sent`,
    });
  }
  checkStock(input, matched, findings);
  const count = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  const expecting = (expectation: Operation['expectation']): number =>
    input.operations.filter((operation) => operation.expectation === expectation).length;
  return {
    must: expecting('must'),
    may: expecting('may'),
    held: expecting('must_not'),
    posted: matched.length,
    lost: count('lost'),
    double: count('double'),
    wrongStock: count('quantity'),
    findings,
    ok: findings.length === 0,
  };
}

/** A move stands for an operation when product, direction, quantity and business time agree. Each move is used once. */
function matchMoves(input: LedgerInput, findings: Finding[]): { matched: Operation[]; unmatched: Move[] } {
  const open = new Map<string, Move[]>();
  for (const move of input.moves) {
    const key = moveKey(move, input);
    open.set(key, [...(open.get(key) ?? []), move]);
  }
  const matched: Operation[] = [];
  for (const operation of input.operations) {
    if (operation.expectation === 'must_not') continue;
    const product = input.bindings.get(operation.part);
    const taken = operation.taken;
    const candidates = open.get(keyOf(product ?? 0, taken, operation.occurredAt));
    const move = candidates?.shift();
    if (move !== undefined) {
      matched.push(operation);
    } else if (operation.expectation === 'must') {
      const text = `part ${operation.part}, work order ${operation.workOrder}, ${show(taken)} at ${new Date(operation.occurredAt).toISOString()} is not posted`;
      findings.push({ kind: 'lost', text });
    }
  }
  return { matched, unmatched: [...open.values()].flat() };
}

function keyOf(product: number, taken: Millionths, occurredAt: number | null): string {
  return `${product}/${taken}/${occurredAt === null ? 'no time' : Math.floor(occurredAt / 1000)}`;
}

function moveKey(move: Move, input: LedgerInput): string {
  if (move.from === input.stockLocation && move.to === input.consumptionLocation) {
    return keyOf(move.product, move.quantity, move.occurredAt);
  }
  if (move.from === input.consumptionLocation && move.to === input.stockLocation) {
    return keyOf(move.product, -move.quantity, move.occurredAt);
  }
  return `elsewhere/${move.id}`;
}

function checkStock(input: LedgerInput, matched: Operation[], findings: Finding[]): void {
  const due = new Map<number, Millionths>();
  const must = input.operations.filter((operation) => operation.expectation === 'must');
  const maybe = matched.filter((operation) => operation.expectation === 'may');
  for (const operation of [...must, ...maybe]) {
    const product = input.bindings.get(operation.part) ?? 0;
    due.set(product, (due.get(product) ?? 0n) + operation.taken);
  }
  for (const product of new Set(input.bindings.values())) {
    const expected = (input.before.get(product) ?? 0n) - (due.get(product) ?? 0n);
    const found = input.now.get(product) ?? 0n;
    if (expected === found) continue;
    findings.push({
      kind: 'quantity',
      text: `product ${product}: ${show(found)} on hand, ${show(expected)} expected`,
    });
  }
}
