import { expect } from 'chai';
import { loadVectors, run } from '../../helpers/delivery-vectors.ts';

describe('deliveries as sidecar and addon both judge them', () => {
  const { contracts, cases } = loadVectors();
  it('knows vectors that are taken and vectors that are refused', () => {
    const taken = cases.filter(({ expect: { verified } }) => verified).length;
    expect(taken).to.be.greaterThan(100);
    expect(cases.length - taken).to.be.greaterThan(100);
  });
  for (const vector of cases) {
    it(`gives what the vector "${vector.name}" says`, () => {
      const rules = contracts[vector.contract];
      if (rules === undefined) throw new Error(`no contract ${vector.contract}`);
      expect(run(rules, vector)).to.deep.equal(vector.expect);
    });
  }
});
