import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { compile } from '../../../generator/render/engine.ts';

const FOLDER = 'templates/connector';
const TEMPLATES = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

describe('the templates', () => {
  for (const path of TEMPLATES) {
    it(`${path} places values and decides nothing`, () => {
      const text = readFileSync(path, 'utf8');
      const tags = [...text.matchAll(/\{%-?\s*(.*?)\s*-?%\}/g)].map((match) => match[1] ?? '');
      expect(
        tags.filter((tag) => !/^(for [a-z]+ in [a-z.]+|endfor|if [a-z.]+|endif)$/.test(tag)),
      ).to.deep.equal([]);
      const values = [...text.matchAll(/\{\{\s*(.*?)\s*\}\}/g)].map((match) => match[1] ?? '');
      expect(values.filter((value) => !/^[a-z_.]+$/.test(value))).to.deep.equal([]);
    });
  }

  it('refuse a name that the model does not give', () => {
    expect(() => compile('x', '{{ nothing }}')({})).to.throw('template x');
  });

  it('do not run what stands in a value', () => {
    expect(compile('x', '{{ a }}')({ a: '{{ 7 }}{% for %}' })).to.equal('{{ 7 }}{% for %}');
  });
});
