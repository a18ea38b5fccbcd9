import { expect } from 'chai';

import { edit, problemsOf } from '../helpers/specs.ts';

describe('conditions that all have to hold', () => {
  const sound = [
    'equals: 1 }, { path: event.kind, in: ["1", 2]',
    'present: true }, { path: event.kind, equals: P',
    'contains: P }, { path: event.kind, contains: Q',
    'present: false }, { path: event.kind, not_in: [P]',
    'above: 4 }, { path: event.kind, below: 6 }, { path: event.kind, in: [5, 9]',
    'equals: P }, { path: event.other, equals: Q',
    'equals_path: event.a }, { path: event.kind, equals: P',
    'in: [x, 7] }, { path: event.kind, above: 8',
  ];
  for (const tests of sound)
    it(`are left alone where a value can meet them: ${tests}`, () => {
      const when = `on: [TAKEN]\n        otherwise: ignore\n        when: [{ path: event.kind, ${tests} }]`;
      expect(problemsOf(edit('on: [TAKEN]', when))).to.deep.equal([]);
    });
});
