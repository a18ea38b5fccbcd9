import { expect } from 'chai';

import { CASES, committed, contractOf, specOf } from '../helpers/language.ts';
import { generateText, problemsOf } from '../helpers/specs.ts';

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

  it('binds rows of a kind without a handler to nothing', () => {
    const readings = CASES.filter(({ spec }) => spec.kind === 'meter_reading').map(specOf);
    const files = readings.map((text) => [...generateText(text).files.values()].join('\n'));
    for (const text of files) {
      expect(text).to.include('_external_id_uniq');
      expect(text).not.to.match(/_millwright_record|_record_uniq|action_open_record/);
    }
    expect(files).not.to.deep.equal([]);
  });
});
