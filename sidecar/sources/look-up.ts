import type { LookUp } from '../contract.ts';
import { PermanentError } from '../errors.ts';
import type { HttpCall } from '../http-client.ts';
import { readPages } from './pages.ts';
import { holds, type Scopes } from './paths.ts';
import type { ReadAccess } from './read-call.ts';
import { fillAll, fillBody, fillTexts } from './write-body.ts';
import { captured, type Captured } from './write-call.ts';

/**
 * Searches the record by our own key, all pages; null when it is not there. Throws PermanentError `look_up_ambiguous` when there are
 * several: which of them is ours is for a person to say.
 */
export async function lookUp(
  rule: LookUp,
  access: ReadAccess,
  scopes: Scopes,
  call: HttpCall,
  now: () => number,
): Promise<Captured | null> {
  const { method, page } = rule;
  const search = {
    method,
    page: page ?? {
      style: 'next_link' as const,
      next: [],
      size_field: null,
      size: 1,
      items: rule.items,
      last: [],
    },
    path: fillAll(rule.path, scopes, encodeURIComponent),
    query: fillTexts(rule.query, scopes),
    headers: fillTexts(rule.headers, scopes),
    body: rule.body === null ? null : (fillBody(rule.body, scopes).body as Record<string, unknown>),
  };
  const found = new Map<string, Captured>();
  for await (const items of readPages(search, access, call, now)) {
    for (const item of items) {
      const inside = { ...scopes, item: JSON.parse(item.toString('utf8')) as unknown };
      if (!holds(rule.where, inside)) continue;
      const record = captured(rule.capture, inside);
      if (record.external_id === null)
        throw new PermanentError(
          'look_up_unreadable',
          'the record that was found has no id where the contract says',
        );
      found.set(record.external_id, record);
    }
  }
  if (found.size > 1)
    throw new PermanentError(
      'look_up_ambiguous',
      `${found.size} records carry our key: ${[...found.keys()].slice(0, 5).join(', ')}`,
    );
  return [...found.values()][0] ?? null;
}
