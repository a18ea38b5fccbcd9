import { expect } from 'chai';
import { RetryableError } from '../../sidecar/errors.ts';
import { createHttpClient, retryAfterMs, type HttpClient } from '../../sidecar/http-client.ts';
import { ScriptedServer } from '../helpers/scripted-server.ts';

const NOW = Date.parse('2026-09-03T10:00:00Z');

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RetryableError) return error.code;
    throw error;
  }
  return 'none';
}

describe('sidecar/http-client.ts', () => {
  let client: HttpClient;
  const servers: ScriptedServer[] = [];

  beforeEach(() => {
    client = createHttpClient();
  });
  afterEach(async () => {
    await client.close();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function get(
    reply: ConstructorParameters<typeof ScriptedServer>[0],
    limits = { timeoutMs: 5_000, maxBytes: 1_000 },
  ) {
    const server = new ScriptedServer(reply);
    servers.push(server);
    return client.call({ method: 'GET', url: await server.listen(), headers: {}, ...limits });
  }

  it('takes every status for an answer and follows no redirect', async () => {
    for (const status of [200, 302, 404, 500]) {
      const answer = await get(() => ({
        status,
        body: { a: 1 },
        headers: { 'retry-after': '3', location: '/other' },
      }));
      expect(answer.status).to.equal(status);
      expect(answer.retryAfter).to.equal('3');
      expect(answer.body.toString()).to.equal('{"a":1}');
    }
  });

  it('gives up on a server that hangs, an answer that is too long and an address where nobody is', async () => {
    expect(await codeOf(get(() => 'hang', { timeoutMs: 20, maxBytes: 10 }))).to.equal('timeout');
    expect(await codeOf(get(() => ({ status: 200, body: 'x'.repeat(2_000) })))).to.equal('answer_too_large');
    const request = {
      method: 'GET' as const,
      url: 'http://127.0.0.1:9/',
      headers: {},
      timeoutMs: 5_000,
      maxBytes: 10,
    };
    expect(await codeOf(client.call(request))).to.equal('network');
  });

  it('reads Retry-After as seconds or as a date, and nothing else', () => {
    expect(retryAfterMs('120', NOW)).to.equal(120_000);
    expect(retryAfterMs('Thu, 03 Sep 2026 10:00:30 GMT', NOW)).to.equal(30_000);
    expect(retryAfterMs('Thu, 03 Sep 2026 09:00:00 GMT', NOW)).to.equal(0);
    for (const nothing of [null, '', '-5', '1.5', 'soon'])
      expect(retryAfterMs(nothing, NOW), String(nothing)).to.equal(null);
  });
});
