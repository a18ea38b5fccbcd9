import { expect } from 'chai';

import { canonicalJson, contractHash } from '../../../generator/model/canonical-json.ts';

describe('canonicalJson', () => {
  it('sorts keys by code point and leaves no blanks', () => {
    expect(canonicalJson({ b: [1, { d: null, c: true }], a: 'x' })).to.equal(
      '{"a":"x","b":[1,{"c":true,"d":null}]}',
    );
    // U+FF5E stands before U+1F600, although its UTF-16 unit is greater
    expect(canonicalJson({ '\u{1F600}': 1, '\uFF5E': 2 })).to.equal('{"\uFF5E":2,"\u{1F600}":1}');
  });

  it('refuses fractions, which readers write differently', () => {
    expect(() => canonicalJson({ a: 1.5 })).to.throw('whole number');
  });

  it('hashes as every other reader does', () => {
    // python3: hashlib.sha256('{"a":"ü","b":[1,2]}'.encode()).hexdigest()
    expect(contractHash({ b: [1, 2], a: 'ü' })).to.equal(
      'sha256:815fc624760d8eb5090c0da64ed49386a8da3a0ef36c4a331d131430f76e6530',
    );
  });
});
