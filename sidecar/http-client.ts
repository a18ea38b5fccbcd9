import { Agent, request } from 'undici';
import { RetryableError } from './errors.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  timeoutMs: number;
  maxBytes: number;
  signal?: AbortSignal;
  /** The call is not made after this time (milliseconds since the epoch); kept by the rule of limits. */
  notAfter?: number;
}

export interface HttpAnswer {
  status: number;
  retryAfter: string | null;
  /** Names in lower case; one that came twice is left out. */
  headers?: Record<string, string>;
  /** What the answer sets, each as it came. */
  cookies?: string[];
  body: Buffer;
}

/** Throws RetryableError when there was no complete answer; every status is an answer. Redirects are not followed. */
export type HttpCall = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpClient {
  call: HttpCall;
  close(): Promise<void>;
}

const CONNECTIONS = 8;

export function createHttpClient(): HttpClient {
  const agent = new Agent({
    connections: CONNECTIONS,
    keepAliveTimeout: 10_000,
    connect: { timeout: 10_000 },
  });
  return { call: (req) => callWith(agent, req), close: () => agent.destroy() };
}

async function callWith(agent: Agent, req: HttpRequest): Promise<HttpAnswer> {
  const limit = AbortSignal.timeout(req.timeoutMs);
  const signal = req.signal ? AbortSignal.any([limit, req.signal]) : limit;
  try {
    const answer = await request(req.url, {
      dispatcher: agent,
      method: req.method,
      headers: req.headers,
      signal,
      ...(req.body === undefined ? {} : { body: req.body }),
    });
    const retryAfter = answer.headers['retry-after'];
    return {
      status: answer.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      headers: Object.fromEntries(
        Object.entries(answer.headers).filter(
          (entry): entry is [string, string] => typeof entry[1] === 'string',
        ),
      ),
      cookies: [answer.headers['set-cookie'] ?? []].flat(),
      body: await readLimited(answer.body, req.maxBytes),
    };
  } catch (error) {
    if (error instanceof RetryableError) throw error;
    const code = limit.aborted ? 'timeout' : 'network';
    throw new RetryableError(code, `no answer from ${new URL(req.url).host}: ${code}`, null, {
      cause: error,
    });
  }
}

async function readLimited(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes)
      throw new RetryableError('answer_too_large', `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Milliseconds that a Retry-After header asks for (seconds or a date); null when there is none or it is not one. */
export function retryAfterMs(value: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  if (!/^[A-Za-z]{3},? /.test(text)) return null;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
