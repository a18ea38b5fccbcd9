import { SECOND } from '../clock.ts';
import type { ReadLimits } from '../contract.ts';
import { RetryableError } from '../errors.ts';
import { retryAfterMs, type HttpAnswer, type HttpCall } from '../http-client.ts';
import { readTime } from './timestamp.ts';

/**
 * Keeps a source's budget of calls and the pauses it asks for. A call that has to wait is not made: it throws RetryableError
 * `rate_limited`, which is nobody's failed try. What was spent is forgotten with the process; the source's own 429 then says so.
 */
export function limited(limits: ReadLimits, call: HttpCall, now: () => number): HttpCall {
  const spent = limits.budget.map(({ calls, per_seconds }) => {
    return { calls, span: per_seconds * SECOND, at: [] as number[] };
  });
  let pausedUntil = 0;
  const waitMs = (time: number): number => {
    let until = pausedUntil;
    for (const window of spent) {
      while (window.at.length > 0 && (window.at[0] ?? 0) <= time - window.span) window.at.shift();
      if (window.at.length >= window.calls) until = Math.max(until, (window.at[0] ?? 0) + window.span);
    }
    return Math.max(0, until - time);
  };
  return async (request) => {
    const time = now();
    if (request.notAfter !== undefined && time > request.notAfter)
      throw new RetryableError('lease_over', 'there is no time left for this call');
    const wait = waitMs(time);
    if (wait > 0) throw new RetryableError('rate_limited', 'the budget of reads is used up', wait);
    for (const window of spent) window.at.push(time);
    const answer = await call(request);
    const pause = pauseOf(limits, answer, now());
    if (pause === null) return answer;
    pausedUntil = Math.max(pausedUntil, now() + pause);
    return answer.status === 429 ? { ...answer, retryAfter: String(Math.ceil(pause / SECOND)) } : answer;
  };
}

/** How long the answer asks us to be quiet; null when neither it nor the contract says: then the rule of backoff does. */
function pauseOf(limits: ReadLimits, answer: HttpAnswer, now: number): number | null {
  const header = (name: string) =>
    name === 'retry-after' ? answer.retryAfter : (answer.headers?.[name] ?? null);
  const used = limits.remaining !== null && header(limits.remaining)?.trim() === '0';
  if (answer.status !== 429 && !used) return null;
  const asked = retryAfterMs(header(limits.retry_after), now) ?? resetMs(limits, header, now);
  return asked ?? (limits.wait_seconds === null ? null : limits.wait_seconds * SECOND);
}

function resetMs(limits: ReadLimits, header: (name: string) => string | null, now: number): number | null {
  const text = limits.reset === null ? null : header(limits.reset);
  if (text === null) return null;
  if (limits.reset_unit === 'wait_s') return retryAfterMs(text, now);
  const time = readTime(text.trim(), limits.reset_unit);
  return time === null ? null : Math.max(0, time - now);
}
