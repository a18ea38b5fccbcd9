import { expect } from 'chai';

import { REMEDIES } from '../../../generator/index.ts';
import { BASE, FILE, edit, problemsOf } from '../helpers/specs.ts';
import { INVALID } from './invalid.ts';

const MARK = '§';

describe('validate', () => {
  it('accepts the base of the table', () => {
    expect(problemsOf(BASE)).to.deep.equal([]);
  });

  it('has a row for every code', () => {
    const codes = new Set<string>(INVALID.map((row) => row.code));
    expect(Object.keys(REMEDIES).filter((code) => !codes.has(code))).to.deep.equal([]);
  });

  for (const { code, what, text, nearest, lock, samples = {}, odoo } of INVALID) {
    it(`refuses ${what} with ${code} at its place`, () => {
      const [file, marked] = Object.entries({ [FILE]: text, ...samples }).find(([, one]) =>
        one.includes(MARK),
      ) ?? [FILE, text];
      const before = marked.slice(0, marked.indexOf(MARK)).split('\n');
      const place = `${String(before.length)}:${String((before.at(-1) ?? '').length + 1)}`;
      const sound = Object.fromEntries(
        Object.entries(samples).map(([path, sample]) => [path, sample.replace(MARK, '')]),
      );
      const problems = problemsOf(text.replace(MARK, ''), lock, sound, odoo);
      const found = problems.map(
        (problem) => `${problem.code} ${String(problem.line)}:${String(problem.column)}`,
      );
      expect(found).to.include(`${code} ${place}`);
      const problem = problems[found.indexOf(`${code} ${place}`)];
      expect(problem?.file).to.equal(file === FILE ? FILE : `specs/${file}`);
      expect([problem?.found, problem?.expected, problem?.hint].every((part) => part !== '')).to.equal(true);
      if (nearest !== undefined) expect(problem?.nearest).to.equal(nearest);
    });
  }

  it('says all problems at once, by place, also beside what the schema refuses', () => {
    const text = edit(
      'lane: batch',
      'lane: fast',
      edit('title: Jobs', 'title: 7', edit('on: [TAKEN]', 'on: [TAKEN, TOOK]')),
    );
    const problems = problemsOf(edit('serial_no: { from', 'serial_nr: { from', text)).map(
      ({ code, line }) => `${String(line)} ${code}`,
    );
    expect(problems).to.deep.equal([
      '32 schema-enum',
      '34 match-unknown',
      '46 field-unknown',
      '52 schema-type',
      '77 event-unknown',
    ]);
  });

  it('does not repeat a refused name wherever it is used', () => {
    const codes = problemsOf(edit('identity: [event.slip]', 'identity: 7')).map((problem) => problem.code);
    expect(codes).to.deep.equal(['schema-type']);
  });

  it('never shows a secret in what it says', () => {
    const secret = ['whsec', 'a3d19f0c5b7e4268'].join('_');
    const texts = [
      edit('title: Jobs', `title: [${secret}]`),
      edit('lane: batch', `lane: ${secret}`),
      edit('on: [TAKEN]', `on: [${secret}]`),
    ];
    for (const text of texts) expect(JSON.stringify(problemsOf(text))).not.to.include(secret);
  });
});
