import { expect } from 'chai';
import { RetryableError } from '../../../sidecar/errors.ts';
import type { HttpAnswer, HttpRequest } from '../../../sidecar/http-client.ts';
import { createOdooClient, readAnswer } from '../../../sidecar/delivery/odoo-client.ts';
import { NOW } from '../../helpers/deliveries.ts';

function answer(status: number, body: unknown = '', retryAfter: string | null = null): HttpAnswer {
  return { status, retryAfter, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

const error = (code: string) => ({ error: { code, message: 'what', remedy: 'do' } });

function client(call: (request: HttpRequest) => Promise<HttpAnswer>) {
  return createOdooClient({
    backend: 'plant',
    url: 'http://odoo/',
    database: 'db',
    apiKey: 'key',
    call,
    now: () => NOW,
  });
}

describe('sidecar/delivery/odoo-client.ts', () => {
  it('posts one CloudEvents batch with key and database', async () => {
    let seen: HttpRequest | undefined;
    const signal = new AbortController().signal;
    await client((request) => {
      seen = request;
      return Promise.resolve(answer(200, { results: [] }));
    }).send([Buffer.from('{"a":1.0}'), Buffer.from('{}')], signal);
    expect(seen?.url).to.equal('http://odoo/millwright/v1/plant/events');
    expect(seen?.body?.toString()).to.equal('[{"a":1.0},{}]');
    expect(seen?.headers).to.include({
      authorization: 'Bearer key',
      'x-odoo-database': 'db',
      'content-type': 'application/cloudevents-batch+json',
    });
  });

  it('reads the result of each event and passes by what it does not know', () => {
    const results = [
      { id: 'a', status: 'held', code: 'unknown_plant', remedy: 'map it' },
      { id: 'b', status: 'strange' },
      null,
      { status: 'held' },
    ];
    const read = readAnswer(answer(200, { results }), NOW);
    if (read.kind !== 'results') throw new Error(read.kind);
    expect([...read.results]).to.deep.equal([
      ['a', { status: 'held', code: 'unknown_plant', remedy: 'map it' }],
    ]);
  });

  it('maps statuses to what they mean for us', () => {
    const kinds: Record<number, string> = {
      400: 'unsuitable', 413: 'unsuitable', 422: 'unsuitable', 401: 'blocked', 403: 'blocked', 404: 'unavailable', 409: 'blocked', 415: 'blocked',
      302: 'blocked', 429: 'unavailable', 502: 'unavailable', 503: 'unavailable', 504: 'unavailable', 500: 'failed',
    }; // prettier-ignore
    for (const [status, kind] of Object.entries(kinds)) {
      expect(readAnswer(answer(Number(status), '<html>'), NOW), status).to.include({
        kind,
        code: `http_${status}`,
      });
    }
    expect(readAnswer(answer(404, error('unknown_backend')), NOW)).to.include({ kind: 'blocked' });
    expect(readAnswer(answer(409, error('environment_mismatch')), NOW)).to.include({
      code: 'environment_mismatch',
      message: 'what do',
    });
    expect(readAnswer(answer(409, error('copy_unconfirmed')), NOW)).to.include({
      kind: 'blocked',
      code: 'copy_unconfirmed',
      message: 'what do',
    });
    expect(readAnswer(answer(400, error('bad_event')), NOW)).to.include({ kind: 'unsuitable', ours: true });
    expect(readAnswer(answer(400, 'nginx'), NOW)).to.include({ ours: false });
  });

  it('takes a 200 that is not ours for a wrong address', () => {
    expect(readAnswer(answer(200, '<html>log in</html>'), NOW)).to.include({
      kind: 'blocked',
      code: 'not_our_endpoint',
    });
  });

  it('hears Retry-After', () => {
    expect(readAnswer(answer(429, '', '30'), NOW)).to.include({ retryAfterMs: 30_000 });
    expect(readAnswer(answer(503, '', 'Thu, 03 Sep 2026 10:02:00 GMT'), NOW)).to.include({
      retryAfterMs: 120_000,
    });
  });

  it('takes no answer for unavailable, and a bug for a bug', async () => {
    const { signal } = new AbortController();
    const lost = client(() => Promise.reject(new RetryableError('timeout', 'no answer')));
    expect(await lost.send([], signal)).to.include({ kind: 'unavailable', code: 'timeout' });
    const bug = client(() => Promise.reject(new TypeError('bug')));
    expect((await Promise.allSettled([bug.send([], signal)]))[0].status).to.equal('rejected');
  });
});
