import type { NameSource } from '../contract.ts';
import { isPresent, resolvePath, type Scopes } from './paths.ts';
import { headerOf, type CallbackRequest } from './request.ts';

/** Says what event a delivery is; undefined when no source answers. */
export interface EventNames {
  /** By the head alone; undefined when the body, or nothing, says it. */
  early(request: CallbackRequest): string | undefined;
  full(request: CallbackRequest, scopes: Scopes): string | undefined;
}

export function createEventNames(sources: readonly NameSource[]): EventNames {
  const firstOfBody = sources.findIndex(
    (source) => 'paths' in source || 'present' in source || 'ce' in source,
  );
  const early = firstOfBody < 0 ? sources : sources.slice(0, firstOfBody);
  const nothing: Scopes = { event: undefined, fetched: {} };
  const first = (list: readonly NameSource[], request: CallbackRequest, scopes: Scopes) => {
    for (const source of list) {
      const name = nameBy(source, request, scopes);
      if (name !== undefined && name !== '') return name;
    }
    return undefined;
  };
  return {
    early: (request) => first(early, request, nothing),
    full: (request, scopes) => first(sources, request, scopes),
  };
}

function nameBy(source: NameSource, request: CallbackRequest, scopes: Scopes): string | undefined {
  if ('constant' in source) return source.constant;
  if ('present' in source) {
    return Object.entries(source.present).find(([path]) => isPresent(resolvePath(path, scopes)))?.[1];
  }
  const text = said(source, request, scopes);
  if (text === undefined || source.map === null) return text;
  return Object.hasOwn(source.map, text) ? source.map[text] : text;
}

function said(
  source: Exclude<NameSource, { constant: string } | { present: Record<string, string> }>,
  request: CallbackRequest,
  scopes: Scopes,
): string | undefined {
  if ('header' in source) return headerOf(request, source.header) ?? undefined;
  if ('segment' in source) return request.segments[source.segment];
  if ('query' in source) return request.query.get(source.query) ?? undefined;
  const paths = 'ce' in source ? [`ce.${source.ce}`] : source.paths;
  const values = paths.map((path) => resolvePath(path, scopes));
  if (values.some((value) => !isScalar(value))) return undefined;
  return values.join('join' in source ? source.join : '');
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
