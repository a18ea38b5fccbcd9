import type { IncomingHttpHeaders } from 'node:http';

/** What of a request is known before its body is read. */
export interface CallbackRequest {
  method: string;
  headers: IncomingHttpHeaders;
  /** What follows the backend in the address, decoded. */
  segments: readonly string[];
  query: URLSearchParams;
  /** The address as the sender wrote it; null when nobody told us what it is. */
  uri: string | null;
  address: string;
}

/** Null when the header is missing or was sent more than once in a way that cannot be joined. */
export function headerOf(request: CallbackRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

/** Built once per request; `rest` is the path after the backend, `search` begins with `?` or is empty. */
export function callbackRequest(
  facts: { method: string; headers: IncomingHttpHeaders; address: string },
  rest: string,
  search: string,
  publicUrl: string | null,
): CallbackRequest {
  return {
    ...facts,
    segments: rest.split('/').filter(Boolean).map(decoded),
    query: new URLSearchParams(search),
    uri: publicUrl === null ? null : `${publicUrl.replace(/\/+$/, '')}${rest}${search}`,
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not written as it should be: it then equals nothing that we look for
  }
}
