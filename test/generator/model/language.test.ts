import { expect } from 'chai';

import { CASES, committed, contractOf, specOf } from '../helpers/language.ts';
import { problemsOf } from '../helpers/specs.ts';

describe('the language', () => {
  const contracts = committed();

  it('has a case for every point of values, keys and lines', () => {
    const points = new Set(CASES.flatMap((item) => item.points));
    expect(
      [11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26].filter((p) => !points.has(p)),
    ).to.deep.equal([]);
  });

  for (const item of CASES) {
    it(`point ${item.points.join(', ')}: ${item.name}`, () => {
      expect(problemsOf(specOf(item))).to.deep.equal([]);
      expect(contractOf(item)).to.deep.equal(contracts[item.name]);
    });
  }
});
