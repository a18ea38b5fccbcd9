import { expect } from 'chai';
import { generateShift, PARTS, UNBOUND_PART } from '../../scripts/shift/index.ts';
import {
  expectedOperations,
  judge,
  show,
  toMillionths,
  type LedgerInput,
  type Move,
  type SentCallback,
} from './index.ts';

const STOCK = 8;
const CONSUMED = 15;
const TIME = '2026-09-08T06:26:14.387+00:00';

function taking(amount: number, more: Record<string, unknown> = {}): SentCallback {
  const body = {
    partId: 201,
    workOrderId: 6000,
    changedAmount: amount,
    newQuantity: 1,
    occurredAt: TIME,
    changedPart: null,
    ...more,
  };
  return { event: 'PART_QUANTITY_CHANGED', rawBody: JSON.stringify(body), outcome: 'accepted' };
}

function workOrder(asset: object | null = null): SentCallback {
  const body = { workOrderId: 6000, newWorkOrder: { id: 6000, asset }, occurredAt: TIME };
  return { event: 'NEW_WORK_ORDER', rawBody: JSON.stringify(body), outcome: 'accepted' };
}

function move(id: number, taken: number, more: Partial<Move> = {}): Move {
  const out = { from: STOCK, to: CONSUMED };
  const back = { from: CONSUMED, to: STOCK };
  const quantity = toMillionths(Math.abs(taken));
  return {
    id,
    product: 1,
    quantity,
    ...(taken < 0 ? back : out),
    occurredAt: Date.parse('2026-09-08T06:26:14Z'),
    origin: '',
    ...more,
  };
}

function books(sent: SentCallback[], moves: Move[], onHand: number): LedgerInput {
  return {
    operations: expectedOperations(sent, [], new Set(['201'])),
    bindings: new Map([['201', 1]]),
    stockLocation: STOCK,
    consumptionLocation: CONSUMED,
    moves,
    before: new Map([[1, toMillionths(10)]]),
    now: new Map([[1, toMillionths(onHand)]]),
  };
}

describe('the ledger model', () => {
  it('is content when every operation is posted once and the stock agrees', () => {
    const sent = [workOrder(), taking(-2.35), taking(1, { newQuantity: 2 })];
    expect(judge(books(sent, [move(1, 2.35), move(2, -1)], 8.65))).to.include({
      must: 2,
      posted: 2,
      lost: 0,
      double: 0,
      ok: true,
    });
  });

  it('finds a deliberate drop, although the sum of another operation hides nothing of it', () => {
    const sent = [workOrder(), taking(-2), taking(-2, { newQuantity: 2 })];
    expect(judge(books(sent, [move(1, 2)], 8))).to.include({ lost: 1, double: 0, wrongStock: 1, ok: false });
  });

  it('finds a deliberate double', () => {
    expect(judge(books([workOrder(), taking(-2)], [move(1, 2), move(2, 2)], 6))).to.include({
      lost: 0,
      double: 1,
      wrongStock: 1,
      ok: false,
    });
  });

  it('finds a move that is right but went elsewhere or at another time', () => {
    const strays = [move(1, 2, { to: 99 }), move(2, 2, { occurredAt: null })];
    expect(judge(books([workOrder(), taking(-2)], strays, 8))).to.include({ lost: 1, double: 2 });
  });

  it('finds a stock figure that is a hundredth off', () => {
    expect(judge(books([workOrder(), taking(-2)], [move(1, 2)], 7.99))).to.include({
      lost: 0,
      double: 0,
      wrongStock: 1,
      ok: false,
    });
  });

  it('takes one event under two delivery ids, fat and thin, as one operation', () => {
    const sent = [workOrder(), taking(-2), taking(-2, { changedPart: { id: 201 } })];
    expect(judge(books(sent, [move(1, 2)], 8)).ok).to.equal(true);
  });

  it('expects nothing of an edit of the stock figure, a receipt or a refused callback', () => {
    const refused: SentCallback = { ...taking(-2), outcome: 'refused' };
    const sent = [
      workOrder(),
      taking(-1, { workOrderId: null }),
      taking(5, { workOrderId: undefined, purchaseOrderId: 3 }),
      refused,
    ];
    expect(judge(books(sent, [], 10))).to.include({ must: 0, ok: true });
  });

  it('leaves open what was never answered, and allows it at most once', () => {
    const sent: SentCallback[] = [workOrder(), { ...taking(-2), outcome: 'maybe' }];
    expect(judge(books(sent, [], 10)).ok).to.equal(true);
    expect(judge(books(sent, [move(1, 2)], 8)).ok).to.equal(true);
    expect(judge(books(sent, [move(1, 2), move(2, 2)], 6))).to.include({ double: 1, ok: false });
  });

  it('lets a consumption wait for its part, its work order and the machine of its work order', () => {
    expect(judge(books([taking(-2)], [], 10))).to.include({ held: 1, ok: true });
    expect(judge(books([workOrder({ id: 470 }), taking(-2)], [move(1, 2)], 8))).to.include({
      held: 1,
      double: 1,
    });
    const unbound = [workOrder(), taking(-2, { partId: 299 })];
    expect(judge(books(unbound, [], 10))).to.include({ held: 1, ok: true });
  });

  it('comes to the same operations as the one who made the shift', () => {
    const shift = generateShift({ seed: 7 });
    const all = [...shift.deliveries, ...shift.late];
    const sent = all.map(({ event, rawBody }): SentCallback => ({ event, rawBody, outcome: 'accepted' }));
    const answers = all.flatMap((delivery) =>
      delivery.reads.map(({ path, body }) => ({ path, status: body ? 200 : 404, body })),
    );
    const found = expectedOperations(sent, answers, new Set(PARTS.map((part) => String(part.id))));
    const text = (part: number | string, order: number | string, taken: string, must: boolean): string =>
      `${part}/${order}/${taken}/${must}`;
    expect(
      found.map((o) => text(o.part, o.workOrder, show(o.taken), o.expectation === 'must')),
    ).to.have.members(
      shift.truth.operations.map((o) =>
        text(o.part, o.workOrder, String(o.hundredths / 100), o.outcome === 'posted'),
      ),
    );
    expect(found.filter((o) => o.expectation === 'must_not').map((o) => o.part)).to.include(
      String(UNBOUND_PART.id),
    );
  });
});
