import type { Reply, SeenRequest } from './scripted-server.ts';

export interface Asset {
  id: number;
  additionalInfos: string;
  [key: string]: unknown;
}

/**
 * Assets as the product keeps them: a search, POST and PATCH, no idempotency key. What `before` gives is answered instead; at `drop`
 * and `hang` the product carries the call out and no answer arrives.
 */
export function assets(
  records: Asset[],
  before: (request: SeenRequest, index: number) => Reply | null = () => null,
): (request: SeenRequest, index: number) => Reply {
  return (request, index) => {
    const early = before(request, index);
    const lost = early === 'drop' || early === 'hang';
    if (early !== null && !lost) return early;
    const reply = carryOut(records, request);
    return lost ? early : reply;
  };
}

function carryOut(records: Asset[], request: SeenRequest): Reply {
  const body = request.body === '' ? {} : (JSON.parse(request.body) as Record<string, unknown>);
  const known = records.find(({ id }) => id === Number(request.url.split('/')[2]));
  if (request.url === '/assets/search')
    return { status: 200, body: { content: records, last: true, totalPages: 1 } };
  // nothing else is a record: a port that another test has left may still be called by what that test began
  if (request.method === 'POST' && request.url === '/assets') {
    const made = { ...body, id: 410 + records.length, updatedAt: '2026-09-03T10:05:01Z' };
    records.push(made as unknown as Asset);
    return { status: 200, body: made };
  }
  if (known === undefined) return { status: 404, body: { success: false, message: 'Not found' } };
  return { status: 200, body: Object.assign(known, body, { updatedAt: '2026-09-03T10:06:00Z' }) };
}
