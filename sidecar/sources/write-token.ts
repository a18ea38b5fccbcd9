import type { WriteToken } from '../contract.ts';
import type { HttpCall, HttpRequest } from '../http-client.ts';
import { joinUrl, readRequest, ReadRefusedError, readStatus, type ReadAccess } from './read-call.ts';

interface Held {
  value: string;
  cookie: string | null;
}

/** Adds the token that a product wants fetched before a write; it is kept, and fetched again once when the product says it is over. */
export function withToken(
  rule: WriteToken | null,
  access: ReadAccess,
  call: HttpCall,
  now: () => number,
): HttpCall {
  if (rule === null) return call;
  let held: Held | null = null;
  let asking: Promise<Held> | null = null;
  const token = async (): Promise<Held> => {
    if (held !== null) return held;
    asking ??= askToken(rule, access, call, now).finally(() => (asking = null));
    return (held = await asking);
  };
  const send = async (request: HttpRequest) => {
    const { value, cookie } = await token();
    const headers = { ...request.headers, [rule.header]: value, ...(cookie === null ? {} : { cookie }) };
    return call({ ...request, headers });
  };
  return async (request) => {
    if (request.method === 'GET') return call(request);
    const answer = await send(request);
    // the token alone is over: the credential would be refused without this header
    if (!rule.refused.includes(answer.status) || !saysOver(answer.headers?.[rule.header])) return answer;
    held = null;
    return send(request);
  };
}

function saysOver(header: string | undefined): boolean {
  return header?.trim().toLowerCase() === 'required';
}

async function askToken(
  rule: WriteToken,
  access: ReadAccess,
  call: HttpCall,
  now: () => number,
): Promise<Held> {
  const url = new URL(joinUrl(access.base_url, rule.path));
  const answer = await call(readRequest(access, 'GET', url, { [rule.header]: rule.ask }, null));
  readStatus(answer, 'token', now());
  const value = answer.headers?.[rule.header];
  if (value === undefined || value === '')
    throw new ReadRefusedError('token: the answer has no token in the header that the contract names');
  const cookies = (answer.cookies ?? []).map((cookie) => cookie.split(';')[0] ?? '');
  return { value, cookie: rule.cookies && cookies.length > 0 ? cookies.join('; ') : null };
}
