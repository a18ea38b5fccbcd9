import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSqliteSpool } from '../../../sidecar/spool/sqlite-spool.ts';
import { contractOf, openDoor, order } from '../../helpers/front-door.ts';
import { loadSamples, type Sample } from '../../helpers/samples.ts';

const NAME = '  event_name: { constant: DONE }\n';
const DONE = { DONE: '' };
const hmac = (key: string | Buffer, message: string, algorithm = 'sha256') =>
  createHmac(algorithm, key).update(message);

/** Signatures over body and address, the event in the address. */
const TWO_SIGNATURES = `
  verify:
    - profile: hmac
      algorithm: sha256
      message: [{ signature: t }, '.', body]
      signature: { header: x-maintainx-webhook-body-signature, layout: pairs, name: v1, encoding: hex }
      timestamp: { signature: t, unit: auto, tolerance: 5m, signed: true }
    - profile: hmac
      algorithm: sha256
      message: [{ signature: t }, '.', uri]
      signature: { header: x-maintainx-webhook-uri-signature, layout: pairs, name: v1, encoding: hex }
      timestamp: { signature: t, unit: auto, tolerance: 5m, signed: true }
  event_name: { segment: 0, map: { work-order-status-change: WORK_ORDER_STATUS_CHANGE } }
`;
type Full = Sample & { path: string; received_at: string };

describe('how a delivery is proved', () => {
  const contract = contractOf(TWO_SIGNATURES, {
    WORK_ORDER_STATUS_CHANGE:
      '{ subject: "work_order/{event.workOrderId}", time: event.occurredAt, identity: [event.workOrderId, event.occurredAt, event.newStatus], required: { event.workOrderId: integer } }',
  });
  for (const sample of loadSamples('maintainx') as Full[]) {
    const segment = sample.path.split('/').at(-1) ?? '';
    it(`${sample.expect.verify}s ${sample.file} by signatures over body and address at its time`, async () => {
      const publicUrl = 'https://erp.example.org/cmms/maintainx';
      const { send, clock, rows } = openDoor(contract, { secrets: [sample.secret], publicUrl });
      clock.time = Date.parse(sample.received_at);
      const headers = Object.fromEntries(
        Object.entries(sample.headers).filter(([name]) => !['Content-Length', 'Host'].includes(name)),
      );
      const answer = await send(sample.raw_body, headers, `/${segment}`);
      expect(answer.status).to.equal(sample.expect.verify === 'accept' ? 202 : 401);
      if (sample.expect.verify === 'reject') return;
      expect(rows()[0]?.event).to.equal(
        segment === 'work-order-status-change' ? 'WORK_ORDER_STATUS_CHANGE' : segment,
      );
      expect((await send(sample.raw_body, headers, '/another')).status, 'another address').to.equal(401);
      clock.time += 301_000;
      expect((await send(sample.raw_body, headers, `/${segment}`)).status, 'later').to.equal(401);
    });
  }

  it('takes any of several signatures in a list, with a date for a timestamp', async () => {
    const { send, clock } = openDoor(
      contractOf(
        `
  verify:
    profile: hmac
    algorithm: sha256
    message: [{ header: X-Request-Timestamp }, ':', body]
    signature: { header: X-List-Signature, layout: list, prefix: 'sha256=', encoding: hex }
    timestamp: { header: X-Request-Timestamp, unit: iso, tolerance: 5m, signed: true }
${NAME}`,
        DONE,
      ),
      { secrets: ['current'] },
    );
    const time = new Date(clock.time).toISOString();
    const sign = (key: string) => `sha256=${hmac(key, `${time}:${order('1')}`).digest('hex')}`;
    const head = (signature: string) => ({ 'x-request-timestamp': time, 'x-list-signature': signature });
    expect(
      (await send(order('1'), head(`${sign('older')}, ${sign('current')}, ${sign('next')}`))).status,
    ).to.equal(202);
    expect((await send(order('1'), head(`${sign('older')},${sign('next')}`))).status).to.equal(401);
    expect((await send(order('1'), head(sign('current').slice(7)))).status, 'without prefix').to.equal(401);
  });

  it('derives a key from base64 behind a prefix and reads pairs with other separators', async () => {
    const { send, clock } = openDoor(
      contractOf(
        `
  verify:
    profile: hmac
    algorithm: sha256
    key: { derive: base64, cut_prefix: whsec_ }
    message: [{ header: webhook-id }, '.', { header: webhook-timestamp }, '.', body]
    signature: { header: webhook-signature, layout: pairs, name: v1, separator: ' ', assign: ',', encoding: base64 }
    timestamp: { header: webhook-timestamp, unit: s, tolerance: 5m, signed: true }
${NAME}`,
        DONE,
      ),
      { secrets: [`whsec_${Buffer.from('bytes').toString('base64')}`] },
    );
    const stamp = String(clock.time / 1_000);
    const text = hmac('bytes', `msg_1.${stamp}.${order('1')}`).digest('base64');
    const head = { 'webhook-id': 'msg_1', 'webhook-timestamp': stamp };
    expect((await send(order('1'), { ...head, 'webhook-signature': `v1a,zz v1,${text}` })).status).to.equal(
      202,
    );
    expect(
      (await send(order('1'), { ...head, 'webhook-id': 'msg_2', 'webhook-signature': `v1,${text}` })).status,
    ).to.equal(401);
  });

  const UNSIGNED_BODY = contractOf(
    `
  verify:
    profile: hmac
    algorithm: sha256
    key: sha256hex
    message: [{ header: timestamp }, { header: token }]
    signature: { header: signature, encoding: hex }
    timestamp: { header: timestamp, unit: s, tolerance: 5m, signed: true }
    once: { header: token, keep: 7d }
    weak: the product signs its clock and a token, never the body
${NAME}`,
    DONE,
  );
  const tokenHead = (now: number, token: string) => {
    const timestamp = String(Math.floor(now / 1_000));
    const key = createHash('sha256').update('client-secret').digest('hex');
    return { timestamp, token, signature: hmac(key, timestamp + token).digest('hex') };
  };

  it('takes a token of an unsigned body once, also after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millwright-token-'));
    const path = join(folder, 'spool.sqlite');
    try {
      const first = openDoor(UNSIGNED_BODY, { secrets: ['client-secret'] }, undefined, openSqliteSpool(path));
      const head = tokenHead(first.clock.time, 'tok-1');
      expect((await first.send(order('1'), head)).body).to.include({ status: 'accepted' });
      expect((await first.send(order('1'), head)).body, 'the same again').to.include({ status: 'duplicate' });
      expect((await first.send(order('2'), head)).status, 'another body').to.equal(401);
      await first.spool.close();
      const again = openDoor(UNSIGNED_BODY, { secrets: ['client-secret'] }, undefined, openSqliteSpool(path));
      expect((await again.send(order('2'), head)).body).to.deep.include({
        error: { code: 'token_used', message: 'The token has been used for something else' },
      });
      expect((await again.send(order('2'), tokenHead(again.clock.time, 'tok-2'))).status).to.equal(202);
      expect(again.rows().map(({ subject }) => subject)).to.deep.equal(['order/1', 'order/2']);
      await again.spool.purge(0, again.clock.time + 8 * 86_400_000);
      expect((await again.send(order('3'), head)).status, 'forgotten, but within its time').to.equal(202);
      await again.spool.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('wants every scheme of a list, each with its own secrets', async () => {
    const { send } = openDoor(
      contractOf(
        `
  verify:
    - { profile: hmac, algorithm: sha512, header: X-Sign, encoding: base64, signs: [body], timestamp: none }
    - { profile: basic, secret: basic }
    - { profile: ip_list, networks: [127.0.0.0/8, '::1'] }
${NAME}`,
        DONE,
      ),
      {
        secrets: [
          { text: 'sign', name: null, event: null, until: null },
          { text: 'user:word', name: 'basic', event: null, until: null },
        ],
      },
    );
    const sign = { 'x-sign': hmac('sign', order('1'), 'sha512').digest('base64') };
    const basic = { authorization: `Basic ${Buffer.from('user:word').toString('base64')}` };
    expect((await send(order('1'), { ...sign, ...basic })).status).to.equal(202);
    expect((await send(order('1'), sign)).status).to.equal(401);
    expect((await send(order('1'), basic)).status).to.equal(401);
  });

  const SHOWN: [string, string, Record<string, string>, string][] = [
    ['bearer', '{ profile: bearer }', { authorization: 'Bearer s3cret' }, ''],
    ['a fixed header', '{ profile: header, header: X-Key }', { 'x-key': 's3cret' }, ''],
    [
      'a token in the address',
      '{ profile: path_token, segment: 1, weak: nothing else is offered }',
      {},
      '/in/s3cret',
    ],
  ];
  for (const [what, scheme, headers, path] of SHOWN) {
    it(`goes by ${what}`, async () => {
      const contract = contractOf(`  verify: ${scheme}\n${NAME}`, DONE);
      expect((await openDoor(contract).send(order('1'), headers, path)).status).to.equal(202);
      expect(
        (await openDoor(contract, { secrets: ['other'] }).send(order('1'), headers, path)).status,
      ).to.equal(401);
      expect((await openDoor(contract, { secrets: [] }).send(order('1'), headers, path)).status).to.equal(
        401,
      );
    });
  }

  it('refuses an address that is not listed, and takes everything where the spec says why', async () => {
    const listed = contractOf(
      `  verify: { profile: ip_list, networks: [192.0.2.0/24], weak: so }\n${NAME}`,
      DONE,
    );
    expect((await openDoor(listed).send(order('1'))).status).to.equal(401);
    const behind = openDoor(listed, { addressHeader: 'x-forwarded-for' });
    expect((await behind.send(order('1'), { 'x-forwarded-for': '10.0.0.1, 192.0.2.7' })).status).to.equal(
      202,
    );
    expect((await behind.send(order('1'), { 'x-forwarded-for': '192.0.2.7, 10.0.0.1' })).status).to.equal(
      401,
    );
    const none = contractOf(
      `  verify: { profile: none, weak: a test bench without a network }\n${NAME}`,
      DONE,
    );
    expect((await openDoor(none, { secrets: [] }).send(order('1'))).status).to.equal(202);
  });

  it('goes by a digest of secret and body where it has to', async () => {
    const { send } = openDoor(
      contractOf(
        `
  verify: { profile: digest, algorithm: md5, message: [secret, body], signature: { header: Old-Hash, encoding: hex }, timestamp: none, weak: older accounts have nothing better }
${NAME}`,
        DONE,
      ),
    );
    const digest = (secret: string) =>
      createHash('md5')
        .update(secret + order('1'))
        .digest('hex');
    expect((await send(order('1'), { 'old-hash': digest('s3cret') })).status).to.equal(202);
    expect((await send(order('1'), { 'old-hash': digest('other') })).status).to.equal(401);
  });

  it('takes the former secret until its time, and a secret of one event for no other', async () => {
    const contract = contractOf(
      '  verify: { profile: bearer }\n  event_name: [{ segment: 0 }, { path: event.kind }]\n',
      { DONE: '', MADE: '' },
    );
    const secret = { name: null, event: null, until: null };
    const { send, clock } = openDoor(contract, {
      secrets: [
        { ...secret, text: 'former', until: Date.parse('2026-09-03T11:00:00Z') },
        { ...secret, text: 'done', event: 'DONE' },
      ],
    });
    const by = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await send(order('1'), by('former'), '/MADE')).status).to.equal(202);
    expect((await send(order('2'), by('done'), '/DONE')).status).to.equal(202);
    expect((await send(order('3'), by('done'), '/MADE')).status).to.equal(401);
    expect((await send(order('3', { kind: 'MADE' }), by('done'))).status, 'named in the body').to.equal(401);
    expect((await send(order('4', { kind: 'DONE' }), by('done'))).status).to.equal(202);
    clock.advance(3_600_000);
    expect((await send(order('1'), by('former'), '/MADE')).status).to.equal(401);
  });
});
