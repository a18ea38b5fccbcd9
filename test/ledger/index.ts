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
): Promise<Verdict> {
  const products = [...new Set(books.bindings.values())];
  return judge({
    ...books,
    operations: expectedOperations(sent, answers, new Set(books.bindings.keys())),
    moves: await readMoves(odoo, products, baseline),
    before: baseline.onHand,
    now: await readOnHand(odoo, products, books.stockLocation),
  });
}
