import type { PageRule, ScheduledRead } from '../contract.ts';
import { PermanentError } from '../errors.ts';
import type { HttpCall, HttpRequest } from '../http-client.ts';
import {
  READ_MAX_BYTES,
  READ_TIMEOUT_MS,
  joinUrl,
  readJsonAnswer,
  type ReadAccess,
} from '../sources/fetch-plan.ts';
import { firstPresent } from '../sources/paths.ts';

/** A read that does not end by itself is cut here. */
export const MAX_PAGES = 1_000;

/** The JSON text of every item, page by page; numbers keep the digits they came with. */
export async function* readPages(
  read: ScheduledRead,
  access: ReadAccess,
  call: HttpCall,
  now: () => number,
): AsyncGenerator<Buffer[]> {
  const { page } = read;
  for (let index = 0; index < MAX_PAGES; index += 1) {
    const answer = await call(buildRequest(read, access, page === null ? null : page.first + index));
    const document = readJsonAnswer(answer, read.path, now());
    const items = pickItems(page, answer.body, read.path);
    yield items;
    if (page === null || isLast(page, document, items.length)) return;
  }
  throw new PermanentError('too_many_pages', `${read.path}: no last page within ${MAX_PAGES} pages`);
}

function buildRequest(read: ScheduledRead, access: ReadAccess, number: number | null): HttpRequest {
  const paging =
    read.page && number !== null ? { [read.page.field]: number, [read.page.size_field]: read.page.size } : {};
  const url = new URL(joinUrl(access.base_url, read.path));
  const headers: Record<string, string> = { accept: 'application/json', ...access.headers };
  const limits = { timeoutMs: READ_TIMEOUT_MS, maxBytes: READ_MAX_BYTES };
  if (read.method === 'GET') {
    for (const [key, value] of Object.entries(paging)) url.searchParams.set(key, String(value));
    return { method: 'GET', url: url.href, headers, ...limits };
  }
  headers['content-type'] = 'application/json';
  return {
    method: 'POST',
    url: url.href,
    headers,
    body: JSON.stringify({ ...read.body, ...paging }),
    ...limits,
  };
}

/** With no page rule the answer is the list. */
function pickItems(page: PageRule | null, body: Buffer, where: string): Buffer[] {
  const document = parseExact(body.toString('utf8'));
  const items = page === null ? document : pick(page.items, document);
  if (!Array.isArray(items))
    throw new PermanentError(
      'items_missing',
      `${where}: the answer has no list of items where the contract says`,
    );
  return items.map((item) => Buffer.from(JSON.stringify(item)));
}

function isLast(page: PageRule, document: unknown, count: number): boolean {
  if (count === 0) return true;
  const last = pick(page.last, document);
  return typeof last === 'boolean' ? last : count < page.size;
}

/** Paths of a page rule start at the answer itself. */
function pick(paths: readonly string[], document: unknown): unknown {
  const scoped = paths.map((path) => `event.${path}`);
  return firstPresent(scoped, { event: document, fetched: {} });
}

interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

/** As JSON.parse, but a number becomes its own text again when it is written: 2.0 stays 2.0. */
function parseExact(text: string): unknown {
  const json = JSON as unknown as ExactJson;
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
  );
}
