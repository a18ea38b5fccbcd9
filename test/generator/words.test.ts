import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import { parse } from 'yaml';

const ROOMS = ['generator', 'templates', 'sidecar', 'odoo_addon/millwright'];
const PASSING = /(^|\/)(tests|__pycache__)\/|\.pyc$/;

/** Words that only the product's spec may hold: its code, its events, its headers and its own field names. */
function wordsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const spec = parse(text) as {
    connector: { code: string };
    source: { events: object; reads: object; event_name: { header: string }; verify: { header: string } };
  };
  const { events, reads, event_name: name, verify } = spec.source;
  const fields = [...text.matchAll(/\.([a-z]+[A-Z][A-Za-z]*)/g)].map((match) => match[1] ?? '');
  return [
    ...new Set([
      spec.connector.code,
      ...Object.keys(events),
      ...Object.keys(reads),
      name.header,
      verify.header,
      ...fields,
    ]),
  ];
}

function filesOf(room: string): string[] {
  return readdirSync(room, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !PASSING.test(path));
}

describe('what is not of one product', () => {
  const words = wordsOf('specs/atlas.yaml');

  it('has words to look for', () => {
    expect(words.length).to.be.greaterThan(20);
  });

  for (const room of ROOMS) {
    it(`${room} names no product, none of its events, headers and fields`, () => {
      const found = filesOf(room).flatMap((path) => {
        const text = readFileSync(path, 'utf8');
        const low = text.toLowerCase();
        return words
          .filter((word) => new RegExp(`(?<![a-z])${word.toLowerCase()}(?![a-z])`).test(low))
          .map((word) => `${path}: ${word}`);
      });
      expect(found).to.deep.equal([]);
    });
  }
});
