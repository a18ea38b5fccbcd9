import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { Secret, type BackendConfig } from '../../../sidecar/config.ts';
import { unmetNeeds } from '../../../sidecar/needs.ts';
import { readIssuer } from '../../../sidecar/sources/issued-token.ts';
import { contractOf, openDoor, order } from '../../helpers/front-door.ts';

const SPEC = `
  verify: { profile: jwt, algorithms: [RS256], tolerance: 30s, secret: sender }
  event_name: { constant: DONE }
`;
const ISSUER = 'https://login.cmms.test/7';
const pair = (): KeyPairKeyObjectResult => generateKeyPairSync('rsa', { modulusLength: 2048 });
const issuerOf = ({ publicKey }: KeyPairKeyObjectResult, audience = 'plant'): string =>
  JSON.stringify({ issuer: ISSUER, audience, keys: [publicKey.export({ format: 'jwk' })] });
const named = (text: string, until: number | null = null) => ({ text, name: 'sender', event: null, until });

describe('tokens that an issuer signs', () => {
  const [former, next] = [pair(), pair()];
  const by = ({ privateKey }: KeyPairKeyObjectResult, exp: number) => ({
    authorization: `Bearer ${jwt.sign({ iss: ISSUER, aud: 'plant', exp }, privateKey, { algorithm: 'RS256' })}`,
  });

  it('prove a delivery until they end, under the former and the next keys of their issuer', async () => {
    const contract = contractOf(SPEC, { DONE: '' });
    const until = Date.parse('2026-09-03T11:00:00Z');
    const { send, clock } = openDoor(contract, {
      secrets: [named(issuerOf(former), until), named(issuerOf(next))],
    });
    const soon = clock.now() / 1000 + 3_600;
    const late = soon + 3_600;
    expect((await send(order('1'), by(former, late))).status).to.equal(202);
    expect((await send(order('2'), by(next, soon))).status).to.equal(202);
    expect((await send(order('3'), by(pair(), late))).status).to.equal(401);
    expect((await send(order('4'), { authorization: 'Bearer x' })).status).to.equal(401);
    clock.advance(3_629_000);
    expect((await send(order('5'), by(next, soon))).status, 'within the tolerance').to.equal(202);
    expect((await send(order('6'), by(former, late))).status, 'after the rotation').to.equal(401);
    clock.advance(1_000);
    expect((await send(order('7'), by(next, soon))).status).to.equal(401);
  });

  it('are refused where the secret counts for another scheme or is none', async () => {
    const contract = contractOf(SPEC, { DONE: '' });
    for (const secret of [{ ...named(issuerOf(next)), name: null }, named('s3cret'), named('')]) {
      const { send, clock } = openDoor(contract, { secrets: [secret] });
      expect((await send(order('1'), by(next, clock.now() / 1000 + 60))).status).to.equal(401);
    }
  });

  it('keep the sidecar from starting when their issuer cannot be read, and show nothing of the secret', () => {
    const contract = contractOf(SPEC, { DONE: '' });
    const slot = (text: string) => ({
      ...{ from: 'env PLANT_SENDER', secret: new Secret(text), name: 'sender', event: null, until: null },
    });
    const backend = (text: string) =>
      ({ code: 'plant', public_url: null, callback_secrets: [slot(text)] }) as unknown as BackendConfig;
    expect(unmetNeeds(backend(issuerOf(next)), contract)).to.deep.equal([]);
    const [problem = '', ...more] = unmetNeeds(backend('{"issuer":"hush"}'), contract);
    expect(more).to.deep.equal([]);
    expect(problem).to.include('plant: env PLANT_SENDER: names no issuer of tokens').and.not.include('hush');
  });

  it('go by public keys alone', () => {
    const keys = [next.privateKey.export({ format: 'jwk' })];
    expect(readIssuer(JSON.stringify({ issuer: ISSUER, audience: 'plant', keys }))).to.equal(null);
    expect(readIssuer(issuerOf(next))?.keys).to.have.length(1);
  });
});
