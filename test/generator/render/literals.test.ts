import { execFileSync } from 'node:child_process';

import { expect } from 'chai';

import { csvCell } from '../../../generator/render/csv.ts';
import { pyLiteral } from '../../../generator/render/python.ts';
import { xmlAttr, xmlText } from '../../../generator/render/xml.ts';

const HOSTILE = [
  'plain',
  'a "b"',
  "it's",
  `'"both"'`,
  'back\\slash',
  'line\nbreak\ttab\r',
  'zero\u0000\u007f',
  '\u202Eright\u2028',
  'ümläut €',
  '\u{1F600}',
  '{{ 7 }}',
  '""")\nimport os',
];

describe('pyLiteral', () => {
  it('is read back by Python as what it was', () => {
    const program = `import json\nprint(json.dumps([${HOSTILE.map(pyLiteral).join(', ')}]))`;
    const read = execFileSync('python3', ['-c', program.replaceAll('\0', '')], { encoding: 'utf8' });
    expect(JSON.parse(read)).to.deep.equal(HOSTILE);
  });

  it('quotes as the formatter does', () => {
    expect(pyLiteral('a')).to.equal('"a"');
    expect(pyLiteral('a "b"')).to.equal(`'a "b"'`);
    expect(pyLiteral(`"'`)).to.equal(`"\\"'"`);
  });
});

describe('xmlText and xmlAttr', () => {
  it('leave no markup and no end of the attribute', () => {
    expect(xmlText('<a> & "b" ]]>')).to.equal('&lt;a&gt; &amp; "b" ]]&gt;');
    expect(xmlAttr('<a> & "b"\n')).to.equal('&lt;a&gt; &amp; &quot;b&quot;&#10;');
  });

  it('refuse what XML cannot carry', () => {
    expect(() => xmlText('\u0001')).to.throw('XML');
    expect(() => xmlAttr('\uD800')).to.throw('XML');
  });
});

describe('csvCell', () => {
  it('quotes separators and takes formulas their meaning', () => {
    expect(csvCell('a')).to.equal('a');
    expect(csvCell('a,"b"\nc')).to.equal('"a,""b""\nc"');
    expect(csvCell('=1+1')).to.equal("'=1+1");
  });
});
