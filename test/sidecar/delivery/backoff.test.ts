import { expect } from 'chai';
import { backoffMs } from '../../../sidecar/delivery/backoff.ts';

const rule = { baseMs: 1_000, capMs: 60_000 };

describe('sidecar/delivery/backoff.ts', () => {
  it('doubles up to the cap', () => {
    const waits = [1, 2, 3, 6, 7, 8, 1_000].map((failures) => backoffMs(failures, rule, () => 1));
    expect(waits).to.deep.equal([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('spreads between half and the whole', () => {
    expect(backoffMs(3, rule, () => 0)).to.equal(2_000);
    expect(backoffMs(3, rule, () => 0.5)).to.equal(3_000);
  });
});
