import { expect } from 'chai';
import { generateShift, type Delivery } from '../../../scripts/shift/index.ts';

describe('the generated shift', () => {
  const shift = generateShift({ seed: 1 });
  const bodies = shift.deliveries.map((delivery) => ({
    event: delivery.event,
    ...(JSON.parse(delivery.rawBody) as Record<string, unknown>),
  }));

  it('is the same for the same seed and another for another', () => {
    const bytes = (deliveries: Delivery[]): string =>
      deliveries.map((delivery) => delivery.deliveryId + delivery.rawBody).join('\n');
    expect(bytes(generateShift({ seed: 1 }).deliveries)).to.equal(bytes(shift.deliveries));
    expect(bytes(generateShift({ seed: 2 }).deliveries)).to.not.equal(bytes(shift.deliveries));
  });

  it('holds a few hundred deliveries of all kinds, with repeats under new delivery ids', () => {
    expect(shift.deliveries.length).to.be.within(300, 700);
    expect(new Set(shift.deliveries.map((delivery) => delivery.deliveryId)).size).to.equal(
      shift.deliveries.length,
    );
    expect(new Set(bodies.map((body) => body.event)).size).to.equal(8);
    expect(shift.truth.duplicates).to.be.greaterThan(30);
  });

  it('puts the record into the product with each callback that names it only: a load may end behind any', () => {
    const thin = (delivery: Delivery): boolean =>
      (JSON.parse(delivery.rawBody) as Record<string, unknown>)['changedWorkOrder'] === null;
    const found = shift.deliveries.filter(thin);
    expect(found).to.not.have.length(0);
    expect(found.filter(({ reads }) => reads.length === 0)).to.deep.equal([]);
  });

  it('comes out of order: a completion before its consumption, an older state after a newer', () => {
    const seen = new Map<unknown, string>();
    const late = { taking: 0, change: 0 };
    for (const body of bodies as Record<string, unknown>[]) {
      const before = seen.get(body['workOrderId']);
      const at = String(body['occurredAt']);
      if (body['event'] === 'PART_QUANTITY_CHANGED' && before !== undefined && before > at) late.taking += 1;
      if (body['event'] === 'WORK_ORDER_CHANGE' && before !== undefined && before > at) late.change += 1;
      if (before === undefined || before < at) seen.set(body['workOrderId'], at);
    }
    expect(late.taking).to.be.greaterThan(0);
    expect(late.change).to.be.greaterThan(0);
  });

  it('keeps the late asset back and lets its work orders come first', () => {
    expect(shift.late.map((delivery) => delivery.event)).to.include('NEW_ASSET');
    expect(shift.deliveries.some((delivery) => delivery.rawBody.includes('"name":"Palletiser 1"'))).to.equal(
      true,
    );
    expect(shift.deliveries.some((delivery) => delivery.rawBody.includes('"assetId":470'))).to.equal(false);
  });

  it('says the last word about an asset without its record', () => {
    const thin = ({ event, rawBody }: Delivery): boolean =>
      event === 'ASSET_STATUS_CHANGE' && rawBody.includes('"changedAsset":null');
    const seeds = [1, 2, 3, 4, 5];
    const found = seeds.flatMap((seed) => generateShift({ seed }).deliveries.filter(thin));
    expect(found.length).to.be.greaterThan(0);
    for (const { rawBody } of found) expect(rawBody).to.contain('"newStatus":"OPERATIONAL"');
  });

  it('writes decimals as the product does', () => {
    expect(shift.deliveries.find((delivery) => delivery.event === 'PART_QUANTITY_CHANGED')?.rawBody).to.match(
      /"changedAmount":-?\d+\.\d+/,
    );
  });

  it('has takings, returns, an unbound part, edits and receipts without a work order', () => {
    const { operations, ignoredMovements } = shift.truth;
    expect(operations.some((operation) => operation.hundredths < 0)).to.equal(true);
    expect(operations.some((operation) => operation.hundredths % 100 !== 0)).to.equal(true);
    expect(operations.filter((operation) => operation.outcome === 'held')).to.have.length(2);
    expect(ignoredMovements).to.equal(8);
  });
});
