import { execFileSync } from 'node:child_process';

import { expect } from 'chai';
import fc from 'fast-check';

import { KINDS } from '../../generator/model/kinds.ts';
import { anySpec } from './helpers/any-spec.ts';
import { MUTATIONS } from './helpers/broken-specs.ts';
import { specText } from './helpers/random-specs.ts';
import { generateText, problemsOf } from './helpers/specs.ts';

// The same examples in every run, so that a commit is judged by what it changed; FC_SEED tries others.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_126) });

type Tree = { [key: string]: unknown };
type Flows = Record<string, { title: string; kind: string }>;

/**
 * Reads each addon as those do who will: Python by its compiler, without a warning, XML, CSV and JSON by their readers;
 * then asks where the titles of the spec have come to.
 */
const READER = `
import ast, csv, io, json, sys, warnings
from xml.dom import minidom
warnings.simplefilter("error")

def row(text):
    return [cells for cells in csv.reader(io.StringIO(text, newline="")) if len(cells) != 8]

def menus(text):
    return [node.getAttribute("name") for node in minidom.parseString(text.encode()).getElementsByTagName("menuitem")]

def constant(text, name):
    body = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)).body
    return next(node.value.value for node in body if isinstance(node, ast.Assign) and node.targets[0].id == name)

for addon in json.load(sys.stdin):
    title, flows, files = addon["title"], addon["flows"], addon["files"]
    for path, text in files.items():
        kind = path.rsplit(".", 1)[1]
        if kind == "py":
            compile(text, path, "exec")
        elif kind == "xml":
            minidom.parseString(text.encode())
        elif kind == "json":
            json.loads(text)
        elif kind == "csv":
            assert not row(text), path
    assert menus(files["views/menus.xml"]) == [title, *flows.values()], path
    assert ast.literal_eval(files["__manifest__.py"])["name"] == title
    for name, text in flows.items():
        assert constant(files[f"models/{name}.py"], "_description") == f"{title}: {text}", (name, text)
print("read")
`;

function read(addons: readonly object[]): string {
  const input = JSON.stringify(addons);
  return execFileSync('python3', ['-c', READER], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

describe('any sound spec of any kinds', function () {
  this.timeout(120_000);

  it('is accepted and made into an addon that its readers take, with its titles unharmed', () => {
    const addons: object[] = [];
    const kinds = new Set<string>();
    const property = fc.property(anySpec, (spec) => {
      const text = specText(spec);
      expect(problemsOf(text)).to.deep.equal([]);
      const flows = Object.entries(spec.flows as Flows);
      for (const [, { kind }] of flows) kinds.add(kind);
      addons.push({
        title: (spec.connector as { title: string }).title,
        flows: Object.fromEntries(flows.map(([name, flow]) => [name, flow.title])),
        files: Object.fromEntries(generateText(text).files),
      });
    });
    fc.assert(property, { numRuns: 120 });
    expect([...kinds].sort()).to.deep.equal(Object.keys(KINDS).sort());
    expect(read(addons)).to.equal('read\n');
  });

  it('becomes the same bytes from any order of reading: again, and with the lock that it left', () => {
    const property = fc.property(anySpec, (spec) => {
      const text = specText(spec);
      const once = generateText(text);
      const twice = generateText(text, once.lock);
      expect([...twice.files, twice.lock]).to.deep.equal([...once.files, once.lock]);
    });
    fc.assert(property, { numRuns: 20 });
  });
});

describe('any broken spec of any kinds', function () {
  this.timeout(120_000);

  for (const [what, { codes, mutate }] of Object.entries(MUTATIONS)) {
    it(`is refused at a place and never generated: ${what}`, () => {
      const property = fc.property(anySpec, fc.nat(), (spec, pick) => {
        const broken = structuredClone(spec);
        fc.pre(mutate(broken, pick));
        expectRefused(broken, codes);
      });
      fc.assert(property, { numRuns: 12 });
    });
  }
});

function expectRefused(spec: Tree, codes: readonly string[]): void {
  const text = specText(spec);
  const problems = problemsOf(text);
  const lines = text.split('\n');
  expect(problems.filter(({ code }) => codes.includes(code))).not.to.deep.equal([]);
  for (const { file, line, column, found, expected, hint } of problems) {
    expect(file).to.equal('specs/tiny.yaml');
    expect(line).to.be.within(1, lines.length);
    expect(column).to.be.within(1, (lines[line - 1] ?? '').length + 1);
    for (const part of [found, expected, hint]) expect(part).not.to.equal('');
  }
  expect(() => generateText(text)).to.throw();
}
