import type { Millionths } from './amount.ts';
import { expectedOperations, type CmmsAnswer, type SentCallback } from './expect.ts';
import { judge, type Verdict } from './judge.ts';
import { readMoves, readOnHand, type Baseline, type Rpc } from './read-odoo.ts';

export { show, toMillionths, type Millionths } from './amount.ts';
export { expectedOperations, type CmmsAnswer, type Operation, type SentCallback } from './expect.ts';
export { judge, type Finding, type LedgerInput, type Move, type Verdict } from './judge.ts';
export { readBaseline, readMoves, readOnHand, type Baseline, type Rpc } from './read-odoo.ts';

/** What an administrator set up: which product a part is, and the plant's two locations. */
export interface Books {
  bindings: Map<string, number>;
  stockLocation: number;
  consumptionLocation: number;
}

export interface Audit extends Verdict {
  /** Done moves of the watched products since the baseline. */
  moves: number;
  before: Map<number, Millionths>;
  now: Map<number, Millionths>;
}

/**
 * The independent ledger: what was sent against what Odoo's stock moves and quants say. Reads `stock.move` and
 * `stock.quant`, nothing else of Odoo and nothing of Millwright.
 */
export async function auditLedger(
  odoo: Rpc,
  books: Books,
  baseline: Baseline,
  sent: SentCallback[],
  answers: CmmsAnswer[],
): Promise<Audit> {
  const products = [...new Set(books.bindings.values())];
  const operations = expectedOperations(sent, answers, new Set(books.bindings.keys()));
  const moves = await readMoves(odoo, products, baseline);
  const before = baseline.onHand;
  const now = await readOnHand(odoo, products, books.stockLocation);
  return { ...judge({ ...books, operations, moves, before, now }), moves: moves.length, before, now };
}
