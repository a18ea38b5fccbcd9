import { execFileSync } from 'node:child_process';

import { expect } from 'chai';
import fc from 'fast-check';

import { SpecError } from '../../generator/index.ts';
import type { Problem } from '../../generator/index.ts';
import { BASE, edit, generateText, problemsOf } from './helpers/specs.ts';
import { placesOf, specText, title, tree, withPlace } from './helpers/random-specs.ts';

// The same examples in every run, so that a commit is judged by what it changed; FC_SEED tries others.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_123) });

/** Parses what it is given: Python by its compiler, XML, CSV and JSON by their readers. */
const PARSER = `
import csv, io, json, sys
from xml.dom import minidom
READERS = {"py": lambda t, p: compile(t, p, "exec"), "xml": lambda t, p: minidom.parseString(t.encode()),
           "json": lambda t, p: json.loads(t),
           "csv": lambda t, p: [1 / (len(row) == 8) for row in csv.reader(io.StringIO(t))]}
for path, text in json.load(sys.stdin):
    READERS.get(path.rsplit(".", 1)[1], lambda t, p: None)(text, path)
`;

function parseAll(files: readonly (readonly [string, string])[]): void {
  execFileSync('python3', ['-c', PARSER], { input: JSON.stringify(files), stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A problem has a place in the file. */
function expectPlaces(problems: readonly Problem[], text: string): void {
  const lines = text.split('\n');
  for (const { line, column, code } of problems) {
    expect(line, code).to.be.within(1, lines.length);
    expect(column, code).to.be.at.least(1);
  }
}

describe('any sound spec', function () {
  this.timeout(60_000);

  it('is accepted, and made into an addon that Python, XML, CSV and JSON readers take', () => {
    const files: [string, string][] = [];
    const property = fc.property(tree, (spec) => {
      const text = specText(spec);
      expect(problemsOf(text)).to.deep.equal([]);
      files.push(...generateText(text).files);
    });
    fc.assert(property, { numRuns: 60 });
    parseAll(files);
  });

  it('gives the same bytes whatever lock its own generation left', () => {
    const property = fc.property(tree, (spec) => {
      const text = specText(spec);
      const once = generateText(text);
      const twice = generateText(text, once.lock);
      expect([...twice.files, twice.lock]).to.deep.equal([...once.files, once.lock]);
    });
    fc.assert(property, { numRuns: 20 });
  });

  it('never lets a title out of its quotes', () => {
    const property = fc.property(title, (name) => {
      const { files } = generateText(edit('title: Machines', `title: ${JSON.stringify(name)}`));
      const program =
        'import ast, json, sys\nt, w = json.load(sys.stdin)\nc = ast.parse(t).body[-1]\nd = {s.targets[0].id: s.value.value for s in c.body[:3] if isinstance(s.value, ast.Constant)}\nassert d["_description"] == w, d';
      const input = JSON.stringify([files.get('models/machine.py'), `Acme: ${name}`]);
      execFileSync('python3', ['-c', program], { input, stdio: ['pipe', 'pipe', 'pipe'] });
    });
    fc.assert(property, { numRuns: 25 });
  });
});

describe('any broken spec', function () {
  this.timeout(60_000);

  it('is refused at a place when a key is unknown, wherever that stands', () => {
    const property = fc.property(tree, fc.nat(), (spec, pick) => {
      const objects = placesOf(spec).filter((place) => isClosed(place));
      const place = objects[pick % objects.length] ?? [];
      const text = specText(withPlace(spec, [...place], { ...(at(spec, place) as object), un_known: 1 }));
      const problems = problemsOf(text);
      expect(
        problems.map(({ code }) => code),
        place.join('.'),
      ).to.include('schema-unknown-key');
      expectPlaces(problems, text);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('is refused at a place, or sound, whatever one of its values becomes', () => {
    const property = fc.property(
      tree,
      fc.nat(),
      fc.option(fc.jsonValue(), { nil: undefined }),
      (spec, pick, junk) => {
        const places = placesOf(spec).slice(1);
        const text = specText(withPlace(spec, places[pick % places.length] ?? [], junk));
        expectPlaces(problemsOf(text), text);
      },
    );
    fc.assert(property, { numRuns: 150 });
  });

  it('is refused at a place, or sound, whatever is cut out of its text or put into it', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('\t', '&a ', '*a', '!!x ', '{', '[', '- ', '? ', '---\n', '%YAML'),
    );
    const property = fc.property(fc.nat(BASE.length), fc.nat(12), noise, (start, length, text) => {
      const broken = BASE.slice(0, start) + text + BASE.slice(start + length);
      expectPlaces(problemsOf(broken), broken);
    });
    fc.assert(property, { numRuns: 200 });
  });
});

describe('a hostile spec', function () {
  this.timeout(20_000);
  const codes = (text: string): string[] => problemsOf(text).map(({ code }) => code);

  it('cannot reach the prototype of anything', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(codes(edit('  job:\n', `  ${key}:\n`)), key).to.include('yaml-key-forbidden');
      expect(codes(edit('floor: {', `${key}: {`)), key).to.include('yaml-key-forbidden');
      expect(codes(edit('from: record.floor', `from: record.${key}.x`)).length, key).to.be.at.most(1);
    }
    for (const key of ['hasOwnProperty', 'toString', 'valueOf'])
      expect(codes(edit('serial_no: {', `${key}: {`)), key).to.include('field-unknown');
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  it('cannot name anything but small words', () => {
    const names = [
      'a/../../x',
      'a b',
      'a"b',
      "a'b",
      'a;b',
      'A',
      '_a',
      '1a',
      '{{ a }}',
      'é',
      'a\u200bb',
      'a.b',
      'a-b',
    ];
    for (const name of names) {
      expect(codes(edit('  job:\n', `  ${JSON.stringify(name)}:\n`)), name).to.include('schema-format');
      expect(codes(edit('code: acme', `code: ${JSON.stringify(name)}`)), name).to.include('schema-format');
    }
  });

  it('cannot be large, deep, or larger than it looks', () => {
    const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level++) {
      const [before, now] = [level - 1, level].map((index) => String.fromCharCode(97 + index));
      laughs.push(
        `${now ?? ''}: &${now ?? ''} [${Array(9)
          .fill(`*${before ?? ''}`)
          .join(', ')}]`,
      );
    }
    const started = performance.now();
    expect(codes(laughs.join('\n'))).to.include('yaml-alias');
    expect(codes(`${BASE}${'# x\n'.repeat(2_500_000)}`)).to.deep.equal(['file-too-large']);
    expect(codes(`a: ${'['.repeat(100_000)}`)).to.have.length(1);
    expect(codes('{'.repeat(3_000))).to.have.length(1);
    expect(
      codes(Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')),
    ).not.to.deep.equal([]);
    expect(performance.now() - started).to.be.below(5_000);
  });

  it('cannot keep a search busy', () => {
    const started = performance.now();
    for (const piece of ['a', '.', '{', 'a.', '{a', '0', 'aA0', '-', '[', '_a']) {
      const long = piece.repeat(Math.floor(3_900 / piece.length));
      codes(edit('subject: equipment/{event.id}', `subject: ${JSON.stringify(`${long}!`)}`));
      codes(edit('from: record.floor', `from: ${JSON.stringify(`record.${long}!`)}`));
      codes(edit('delay_budget: 15m', `delay_budget: ${JSON.stringify(`${long}!`)}`));
    }
    expect(performance.now() - started).to.be.below(8_000);
  });

  it('is always refused as a spec, never by a crash', () => {
    const property = fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      try {
        generateText(text);
      } catch (error) {
        expect(error).to.be.instanceOf(SpecError);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });
});

/** Places whose keys the schema names; names of flows, events and columns are free. */
function isClosed(place: readonly string[]): boolean {
  const [top, second, third] = place;
  if (place.length === 0) return true;
  if (top === 'connector') return place.length === 1;
  if (top === 'flows') return place.length === 2 || (place.length === 4 && third === 'columns');
  return top === 'source' && (place.length === 1 || (second === 'events' && place.length === 3));
}

function at(value: unknown, place: readonly string[]): unknown {
  return place.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], value);
}
