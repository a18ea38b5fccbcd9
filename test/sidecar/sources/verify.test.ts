import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import type { Scheme } from '../../../sidecar/contract.ts';
import { callbackRequest } from '../../../sidecar/sources/request.ts';
import { createVerifier as createRequestVerifier } from '../../../sidecar/sources/verify.ts';
import { ACME_SECRET, loadFixtureContract, loadSamples, signAcme } from '../../helpers/samples.ts';

const atlas = loadFixtureContract('atlas').source.verify;

/** For schemes that look at one header and the body. */
function createVerifier(schemes: Scheme[], secrets: string[]) {
  const slots = secrets.map((text) => ({ text, name: null, event: null, until: null }));
  const verify = createRequestVerifier(schemes, slots, () => 0);
  const [scheme] = schemes;
  const name = scheme?.profile === 'hmac' ? scheme.signature.header : '';
  return (signature: string | undefined, raw: Buffer) => {
    const facts = { method: 'POST', headers: { [name]: signature }, address: '' };
    return verify(callbackRequest(facts, '', '', null), raw, null)?.body ?? null;
  };
}

describe('sidecar/sources/verify.ts', () => {
  for (const sample of loadSamples('atlas-cmms')) {
    const raw = Buffer.from(sample.raw_body);
    const verifier = createVerifier(atlas, [sample.secret]);
    it(`${sample.expect.verify}s ${sample.file} by the scheme of the contract`, () => {
      expect(verifier(sample.headers['X-Webhook-Signature'], raw) !== null).to.equal(
        sample.expect.verify === 'accept',
      );
    });

    if (sample.expect.verify === 'reject') continue;
    it(`rejects ${sample.file} when its JSON was written again`, () => {
      const again = Buffer.from(JSON.stringify(JSON.parse(sample.raw_body), null, 1));
      expect(verifier(sample.headers['X-Webhook-Signature'], again)).to.equal(null);
    });
  }

  const body = Buffer.from('{"n":2.0}');
  const sign = (secret: string) => createHmac('sha256', secret).update(body).digest('hex');

  it('accepts any of several secrets, in any case of the hex digits', () => {
    const verifier = createVerifier(atlas, ['new', 'old']);
    expect(verifier(sign('old'), body)).to.equal(body);
    expect(verifier(sign('new').toUpperCase(), body)).to.equal(body);
    expect(verifier(sign('older'), body)).to.equal(null);
  });

  it('accepts nothing without a secret, and an empty secret is none', () => {
    expect(createVerifier(atlas, [])(sign(''), body)).to.equal(null);
    expect(createVerifier(atlas, [''])(sign(''), body)).to.equal(null);
  });

  it('rejects a missing, short, long or decorated signature', () => {
    const verifier = createVerifier(atlas, ['s']);
    const right = sign('s');
    for (const wrong of [
      undefined,
      '',
      right.slice(2),
      `${right}00`,
      `sha256=${right}`,
      `${right} `,
      `${right.slice(0, 63)}g`,
    ]) {
      expect(verifier(wrong, body), String(wrong)).to.equal(null);
    }
  });

  it('follows another algorithm, encoding and form of key', () => {
    const rule = loadFixtureContract('acme').source.verify;
    const verifier = createVerifier(rule, [ACME_SECRET]);
    const signature = signAcme('spare.used', body.toString())['acme-hash'];
    expect(verifier(signature, body)).to.equal(body);
    expect(verifier(signature, Buffer.from('{"n":2}'))).to.equal(null);
  });
});
