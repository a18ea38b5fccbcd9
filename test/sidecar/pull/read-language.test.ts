import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import type { HttpRequest } from '../../../sidecar/http-client.ts';
import { turns } from '../../helpers/fake-clock.ts';
import { contractOf, openDoor, order } from '../../helpers/front-door.ts';

const HEAD = '  verify: { profile: bearer }\n  event_name: { constant: DONE }\n';
const AUTH = '  read: { auth: { profile: bearer } }\n';
const READ = (more: string) =>
  `    READ_ORDERS:\n      every: 15m\n      path: /orders\n      subject: order/{event.id}\n      time: event.at\n      identity: [event.id, event.at]\n      required: { event.id: text }\n${more}`;
const ACCESS = { base_url: 'https://cmms.test/v1', credential: 'key' };
type Answer = NonNullable<Parameters<typeof openDoor>[2]>;

function door(auth: string, more: string, credential: string, answer: Answer, event = '') {
  const contract = contractOf(HEAD + auth, { DONE: event }, READ(more));
  return openDoor(contract, { read: { ...ACCESS, credential } }, answer);
}
const run = async ({ reads }: ReturnType<typeof openDoor>) => (await reads.runNow('READ_ORDERS'))?.[0];
const list = (...ids: string[]) => `{"items":[${ids.map((id) => order(id)).join(',')}]}`;
const items = '{ style: number, field: page, size_field: limit, size: 2, first: 1, items: items }';
const urls = (sent: HttpRequest[]) => sent.map(({ url }) => url.replace('https://cmms.test', ''));

describe('how a product is read', () => {
  it('asks page by page by number, offset, cursor and link', async () => {
    const pages = (_request: HttpRequest, index: number) => ({
      text: index === 0 ? list('1', '2').replace(/}$/, ',"next":"c2","link":"/v1/orders?at=2"}') : list('3'),
    });
    const styles: [string, string[]][] = [
      [items, ['/v1/orders?page=1&limit=2', '/v1/orders?page=2&limit=2']],
      [
        '{ style: offset, field: offset, size_field: limit, size: 2, items: items }',
        ['/v1/orders?offset=0&limit=2', '/v1/orders?offset=2&limit=2'],
      ],
      [
        '{ style: cursor, field: cursor, size_field: limit, size: 2, next: next, items: items }',
        ['/v1/orders?limit=2', '/v1/orders?cursor=c2&limit=2'],
      ],
      ['{ style: next_link, next: link, items: items }', ['/v1/orders', '/v1/orders?at=2']],
    ];
    for (const [style, expected] of styles) {
      const open = door(AUTH, `      page: ${style}\n`, 'key', pages);
      expect(await run(open), style).to.include({ pages: 2, items: 3, error: null });
      expect(urls(open.sent), style).to.deep.equal(expected);
    }
  });

  it('follows no link to another host, and none in a circle', async () => {
    const page = '      page: { style: next_link, next: link, items: items }\n';
    const away = door(AUTH, page, 'key', () => ({ text: '{"items":[],"link":"https://evil.test/x"}' }));
    expect((await run(away))?.error).to.contain('another host');
    const circle = door(AUTH, page, 'key', () => ({ text: '{"items":[],"link":"/v1/orders?a"}' }));
    expect((await run(circle))?.error).to.contain('earlier page');
    expect(away.sent).to.have.length(1);
  });

  it('reads from its watermark on, with an overlap, and keeps it only of whole reads', async () => {
    const more = `      query: { expand: parts }\n      watermark: { path: event.at, into: { query: 'changed[gte]' }, format: iso, overlap: 5m, start: 2026-01-01T00:00:00Z }\n      page: ${items}\n`;
    let broken = false;
    const open = door(AUTH, more, 'key', (_request, index) =>
      broken && index > 1 ? { status: 500 } : { text: list('1') },
    );
    await run(open);
    broken = true;
    await run(open);
    broken = false;
    await run(open);
    const marks = open.sent.map(({ url }) => new URL(url).searchParams.get('changed[gte]'));
    expect(marks).to.deep.equal([
      '2026-01-01T00:00:00Z',
      '2026-09-03T09:55:00.000Z',
      '2026-09-03T09:55:00.000Z',
    ]);
    expect(new URL(open.sent[0]?.url ?? '').searchParams.get('expand')).to.equal('parts');
  });

  it('puts the watermark into a body where a search wants it', async () => {
    const more = `      method: POST\n      body: { filter: { kind: order } }\n      watermark: { path: event.at, into: { body: filter.since }, template: 'ge {since}', format: epoch_ms, overlap: none, start: '0' }\n`;
    const open = door(AUTH, more, 'key', () => ({ text: `[${order('1')}]` }));
    await run(open);
    await run(open);
    expect(open.sent.map(({ body }) => JSON.parse(String(body)) as unknown)).to.deep.equal([
      { filter: { kind: 'order', since: 'ge 0' } },
      { filter: { kind: 'order', since: `ge ${Date.parse('2026-09-03T10:00:00Z')}` } },
    ]);
  });

  it('sends basic and bearer credentials, a tenant and the user agent that a token is bound to', async () => {
    const auth = (profile: string) =>
      `  read: { auth: { profile: ${profile} }, headers: { X-Organization-Id: '7' }, user_agent: millwright }\n`;
    for (const [profile, expected] of [
      ['basic', `Basic ${Buffer.from('id:word').toString('base64')}`],
      ['bearer', 'Bearer id:word'],
    ] as const) {
      const open = door(auth(profile), '', 'id:word', () => ({ text: '[]' }));
      await run(open);
      expect(open.sent[0]?.headers).to.include({
        authorization: expected,
        'x-organization-id': '7',
        'user-agent': 'millwright',
      });
    }
  });

  it('gets a token by client credentials, keeps it, and asks again when it ends', async () => {
    const auth = '  read: { auth: { profile: oauth2_client, token_path: /oauth/token, scope: read } }\n';
    let refuse = false;
    const open = door(auth, '', 'client:word', ({ url }) => {
      if (url.endsWith('/oauth/token')) return { text: '{"access_token":"t","expires_in":7200}' };
      if (!refuse) return { text: '[]' };
      refuse = false;
      return { status: 401 };
    });
    await run(open);
    await run(open);
    expect(urls(open.sent)).to.deep.equal(['/v1/oauth/token', '/v1/orders', '/v1/orders']);
    expect(open.sent[0]?.body).to.equal('grant_type=client_credentials&scope=read');
    expect(open.sent[1]?.headers['authorization']).to.equal('Bearer t');
    open.clock.advance(7_150_000);
    await run(open);
    refuse = true;
    expect((await run(open))?.error).to.equal(null);
    expect(urls(open.sent).slice(3)).to.deep.equal([
      '/v1/oauth/token',
      '/v1/orders',
      '/v1/orders',
      '/v1/oauth/token',
      '/v1/orders',
    ]);
  });

  it('reads each tenant at the address of its region, and asks for its token where that region logs in', async () => {
    const auth = '  read: { auth: { profile: oauth2_client, token_path: /oauth/token } }\n';
    const contract = contractOf(HEAD + auth, { DONE: '' }, READ(''));
    for (const region of ['eu', 'us']) {
      const read = { base_url: `https://${region}.cmms.test/v1/`, login_url: `https://login.${region}.test` };
      const open = openDoor(contract, { read: { ...read, credential: 'client:word' } }, ({ url }) => ({
        text: url.endsWith('/oauth/token') ? `{"access_token":"${region}","expires_in":7200}` : '[]',
      }));
      expect(await run(open)).to.include({ error: null });
      expect(open.sent.map(({ url }) => url)).to.deep.equal([
        `https://login.${region}.test/oauth/token`,
        `https://${region}.cmms.test/v1/orders`,
      ]);
      expect(open.sent[1]?.headers['authorization']).to.equal(`Bearer ${region}`);
    }
  });

  it('opens a session with user and password and carries its token', async () => {
    const auth =
      '  read: { auth: { profile: session, login_path: /auth, user_field: email, token: result.sessionToken, expires: result.expiresAt, header: Session-Token } }\n';
    const open = door(auth, '', 'me@plant.test:pass:word', ({ url }) => ({
      text: url.endsWith('/auth')
        ? '{"result":{"sessionToken":"s1","expiresAt":"2026-09-03T11:00:00Z"}}'
        : '[]',
    }));
    await run(open);
    open.clock.advance(58 * 60_000);
    await run(open);
    open.clock.advance(2 * 60_000);
    await run(open);
    expect(JSON.parse(String(open.sent[0]?.body))).to.deep.equal({
      email: 'me@plant.test',
      password: 'pass:word',
    });
    expect(open.sent[1]?.headers['session-token']).to.equal('s1');
    expect(urls(open.sent).filter((url) => url === '/v1/auth')).to.have.length(2);
  });

  it('signs host, path and query of every call', async () => {
    const auth = `  read:
    auth:
      profile: signed
      query: { service: cmms, timestamp: '{now_ms}', appKey: '{credential.0}', accessKey: '{credential.1}', signatureMethod: HmacSHA256 }
      message: [host, path, query]
      header: Authorization
`;
    const open = door(auth, '', 'app:access:secret', () => ({ text: '[]' }));
    await run(open);
    const url = new URL(open.sent[0]?.url ?? '');
    expect(url.search).to.equal(
      `?service=cmms&timestamp=${open.clock.time}&appKey=app&accessKey=access&signatureMethod=HmacSHA256`,
    );
    const expected = createHmac('sha256', 'secret').update(`cmms.test/v1/orders${url.search}`).digest('hex');
    expect(open.sent[0]?.headers['authorization']).to.equal(expected);
  });

  it('keeps a budget of several windows and goes on with a long read when there is one again', async () => {
    const auth =
      '  read: { auth: { profile: bearer }, limits: { budget: [{ calls: 2, per: 1m }, { calls: 3, per: 1h }] } }\n';
    const open = door(auth, `      page: ${items}\n`, 'key', (_r, index) => ({
      text: index < 3 ? list(`${index}a`, `${index}b`) : list(),
    }));
    const running = run(open);
    await turns();
    expect(open.sent).to.have.length(2);
    expect(open.clock.next()).to.equal(60_000);
    open.clock.advance(60_000);
    await turns();
    expect(open.sent).to.have.length(3);
    open.clock.advance(3_540_000);
    await turns();
    expect(await running).to.include({ pages: 4, items: 6, error: null });
  });

  it('waits as a 429 says, as its own headers say, or as long as the contract says', async () => {
    const auth =
      '  read: { auth: { profile: bearer }, limits: { wait: 90s, remaining: X-Rate-Limit-Remaining, reset: X-Rate-Limit-Reset, reset_unit: s } }\n';
    const reset = String(Date.parse('2026-09-03T10:00:40Z') / 1_000);
    const answers: [Record<string, unknown>, number][] = [
      [{ status: 429, retryAfter: '30' }, 30_000],
      [{ status: 429, headers: { 'x-rate-limit-reset': reset } }, 40_000],
      [{ status: 429 }, 90_000],
      [{ text: '[]', headers: { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': reset } }, 40_000],
    ];
    for (const [answer, wait] of answers) {
      const open = door(auth, '', 'key', () => answer);
      await run(open);
      const again = run(open);
      await turns();
      expect(open.clock.next(), JSON.stringify(answer)).to.equal(wait);
      await open.reads.stop();
      await again;
      expect(open.sent).to.have.length(1);
    }
  });

  it('completes a thin event by calls with parameters, a body and pages', async () => {
    const event = `{ subject: "order/{event.id}", time: event.at, identity: [event.id, event.at], required: { event.id: text }, fetch: [
          { as: order, get: '/orders/{event.id}', query: { expand: parts, site: '{event.site}' } },
          { as: parts, post: /parts/search, body: { filter: { order: '{event.id}' } }, page: { style: cursor, field: cursor, next: next, items: items } }] }`;
    const open = door(
      AUTH,
      '',
      'key',
      (_request, index) => ({
        text:
          index === 0
            ? '{"hours":2.0}'
            : index === 1
              ? '{"items":[{"q":1.0}],"next":"n"}'
              : '{"items":[{"q":2.50}]}',
      }),
      event,
    );
    const preparation = open.source.prepare('DONE', Buffer.from(order('a/1', { site: 'S 1' })));
    if (preparation.kind !== 'fetch') throw new Error('expected reads');
    const { text } = await preparation.run(() => []);
    expect(text).to.equal('{"order":{"hours":2.0},"parts":[{"q":1.0},{"q":2.50}]}');
    expect(urls(open.sent)).to.deep.equal([
      '/v1/orders/a%2F1?expand=parts&site=S+1',
      '/v1/parts/search',
      '/v1/parts/search',
    ]);
    expect(JSON.parse(String(open.sent[2]?.body))).to.deep.equal({ filter: { order: 'a/1' }, cursor: 'n' });
  });
});
