import type { PageRule, RequestRule } from '../contract.ts';
import { PermanentError } from '../errors.ts';
import type { HttpCall } from '../http-client.ts';
import { parseExact } from './exact-json.ts';
import { firstPresent, isPresent } from './paths.ts';
import { joinUrl, readJsonAnswer, readRequest, type ReadAccess } from './read-call.ts';

/** A read that does not end by itself is cut here. */
export const MAX_PAGES = 1_000;

/** What of a call is decided already: its templates are filled. */
export type PagedCall = Pick<RequestRule, 'method' | 'path' | 'query' | 'body' | 'headers' | 'page'>;

/** The JSON text of every item, page by page; numbers keep the digits they came with. */
export async function* readPages(
  read: PagedCall,
  access: ReadAccess,
  call: HttpCall,
  now: () => number,
): AsyncGenerator<Buffer[]> {
  const { page } = read;
  const seen = new Set<string>();
  let place: Place = { number: page !== null && 'first' in page ? page.first : 0, cursor: null, link: null };
  for (let index = 0; index < MAX_PAGES; index += 1) {
    const answer = await call(buildRequest(read, access, place));
    const document = readJsonAnswer(answer, read.path, now());
    const items = pickItems(page, answer.body, read.path);
    yield items;
    const next = page === null ? null : nextPlace(page, document, items.length, place, access);
    if (next === null) return;
    const key = next.link ?? next.cursor;
    if (key !== null && seen.has(key))
      throw new PermanentError('page_repeated', `${read.path}: the answer leads back to an earlier page`);
    if (key !== null) seen.add(key);
    place = next;
  }
  throw new PermanentError('too_many_pages', `${read.path}: no last page within ${MAX_PAGES} pages`);
}

/** Where the next page begins: a number (of a page or an element), a cursor, or a link. */
interface Place {
  number: number;
  cursor: string | null;
  link: string | null;
}

function buildRequest(read: PagedCall, access: ReadAccess, place: Place) {
  const url = new URL(place.link ?? joinUrl(access.base_url, read.path));
  const fields = place.link === null ? { ...read.query } : {};
  const paging = read.page === null || place.link !== null ? {} : pagingOf(read.page, place);
  const body = read.method === 'GET' ? null : { ...read.body, ...paging };
  for (const [key, value] of Object.entries(read.method === 'GET' ? { ...fields, ...paging } : fields))
    url.searchParams.set(key, String(value));
  return readRequest(access, read.method, url, read.headers, body);
}

function pagingOf(page: PageRule, place: Place): Record<string, string | number> {
  const size = page.size_field === null ? {} : { [page.size_field]: page.size };
  if (page.style === 'number' || page.style === 'offset') return { [page.field]: place.number, ...size };
  if (page.style === 'cursor' && place.cursor !== null) return { [page.field]: place.cursor, ...size };
  return size;
}

/** Null when this page was the last. */
function nextPlace(
  page: PageRule,
  document: unknown,
  count: number,
  place: Place,
  access: ReadAccess,
): Place | null {
  if (page.style === 'cursor' || page.style === 'next_link') {
    const next = pick(page.next, document);
    if (!isPresent(next) || next === '' || next === false || pick(page.last, document) === true) return null;
    const text = String(next);
    return page.style === 'cursor'
      ? { ...place, cursor: text }
      : { ...place, link: linkOf(text, access.base_url) };
  }
  if (count === 0) return null;
  const last = pick(page.last, document);
  if (typeof last === 'boolean' ? last : count < page.size) return null;
  return { ...place, number: place.number + (page.style === 'offset' ? count : 1) };
}

/** A full address or a path. It may lead to no other host: the credential goes along. */
function linkOf(text: string, base: string): string {
  const root = new URL(base);
  if (!URL.canParse(text, base)) throw new PermanentError('page_link_foreign', 'the next page is no address');
  const link = new URL(text, base);
  if (link.origin !== root.origin)
    throw new PermanentError('page_link_foreign', 'the next page is at another host');
  return link.href;
}

/** With no page rule the answer is the list. */
function pickItems(page: PageRule | null, body: Buffer, where: string): Buffer[] {
  const document = parseExact(body.toString('utf8'));
  const items = page === null || page.items.length === 0 ? document : pick(page.items, document);
  if (!Array.isArray(items))
    throw new PermanentError(
      'items_missing',
      `${where}: the answer has no list of items where the contract says`,
    );
  return items.map((item) => Buffer.from(JSON.stringify(item)));
}

/** Paths of a page rule start at the answer itself. */
function pick(paths: readonly string[], document: unknown): unknown {
  const scoped = paths.map((path) => `event.${path}`);
  return firstPresent(scoped, { event: document, fetched: {} });
}
