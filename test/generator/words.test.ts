import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import { parse } from 'yaml';

const ROOMS = ['generator', 'templates', 'sidecar', 'odoo_addon/millwright'];
/** The products of the examples and the invented one; all of them are taken from their specs and recordings. */
const SPECS = ['specs', 'test/fixtures/specs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file)),
);
const RECORDED = readdirSync('test/fixtures/webhooks').filter((name) => !name.includes('.'));
/** The words that we have ourselves for what is connected, as a product may write them: `work_order` is `workOrder` there. */
const KINDS = JSON.parse(
  readFileSync('odoo_addon/millwright/tests/fixtures/contract/kinds.json', 'utf8'),
) as object;
const OWN = new Set(
  Object.keys(KINDS).map((kind) => kind.replace(/_[a-z]/g, (two) => two.charAt(1).toUpperCase())),
);
const PASSING = /(^|\/)(tests|__pycache__)\/|\.pyc$/;

/** Words that only the product's spec may hold: its code, title, events, headers and its own field names. */
function wordsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const spec = parse(text) as {
    connector: { code: string; title: string };
    source: {
      events: object;
      reads?: object;
      event_name?: { header?: string };
      verify?: { header?: string };
    };
  };
  const { events, reads, event_name: name, verify } = spec.source;
  const fields = [...text.matchAll(/\.([a-z]+[A-Z][A-Za-z]*)/g)].map((match) => match[1] ?? '');
  return [
    ...new Set([
      spec.connector.code,
      spec.connector.title,
      ...Object.keys(events),
      ...Object.keys(reads ?? {}),
      ...[name?.header, verify?.header].filter((header) => header !== undefined),
      ...fields.filter((field) => !OWN.has(field)),
    ]),
  ];
}

function filesOf(room: string): string[] {
  return readdirSync(room, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !PASSING.test(path));
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A word as a whole: `acme` also in `MillwrightAcmeJob`, not in the middle of another word of small letters. */
function namesIt(word: string, text: string): boolean {
  const whole = (form: string): RegExp => new RegExp(`(?<![a-z])${literal(form)}(?![a-z])`);
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  return (
    whole(word.toLowerCase()).test(text.toLowerCase()) ||
    new RegExp(`${literal(capital)}(?![a-z])`).test(text)
  );
}

describe('what is not of one product', () => {
  const words = [...new Set([...SPECS.flatMap(wordsOf), ...RECORDED])];

  it('has words of more than one product to look for', () => {
    expect(words.length).to.be.greaterThan(30);
    expect(words).to.include.members(['atlas', 'acme', 'machine.saved', 'NEW_ASSET', 'maintainx']);
  });

  it('finds a word in every spelling that code has for it', () => {
    for (const text of ['Acme', 'MillwrightAcmeJob', 'millwright_acme', 'x-acme-y'])
      expect(namesIt('acme', text), text).to.equal(true);
    expect(namesIt('acme', 'pacmen')).to.equal(false);
  });

  for (const room of ROOMS) {
    it(`${room} names no product, none of its events, headers and fields`, () => {
      const found = filesOf(room).flatMap((path) => {
        const text = readFileSync(path, 'utf8');
        return words.filter((word) => namesIt(word, text)).map((word) => `${path}: ${word}`);
      });
      expect(found).to.deep.equal([]);
    });
  }
});
