import type {
  Accept,
  Auth,
  EventName,
  Fetch,
  Handshake,
  Limits,
  MessagePart,
  Page,
  ReadSpec,
  Scheme,
  Source,
  Timestamp,
  Watermark,
} from '../spec/source-types.ts';
import { asList } from '../spec/types.ts';
import type { Json } from './canonical-json.ts';
import { parseDuration } from './duration.ts';
import { conditions } from './input-contract.ts';

type Doc = { [key: string]: Json };

/** The default answers: 202 says stored, also what is held; the rest is what HTTP calls it. */
export const ANSWERS = {
  accepted: 202,
  duplicate: 202,
  held: 202,
  bad_signature: 401,
  unsupported: 415,
  too_large: 413,
  overloaded: 503,
} as const;

/** `source` of contract.json: short forms written out, every default spelled out, header names lower case. */
export function sourceContract(source: Source): Doc {
  const { auth, headers, user_agent: agent, limits } = source.read ?? {};
  return {
    accept: acceptContract(source.accept ?? {}),
    verify: asList(source.verify).map(schemeContract),
    event_name: asList(source.event_name).map(nameContract),
    handshakes: (source.handshakes ?? []).map(handshakeContract),
    records: source.records === undefined ? null : { path: asList(source.records) },
    drop: asList(source.drop),
    read:
      auth === undefined
        ? null
        : {
            auth: authContract(auth),
            headers: lowered(headers),
            user_agent: agent ?? null,
            limits: limitsContract(limits ?? {}),
          },
  };
}

function acceptContract({ methods, format, max_body: size, answers }: Accept): Doc {
  return {
    methods: methods ?? ['POST'],
    format: format ?? 'json',
    max_body_bytes: parseSize(size ?? '4MB') ?? 0,
    answers: { ...ANSWERS, ...answers },
  };
}

/** Bytes of `512KB` or `4MB`; undefined when it is no size up to 64 MB. */
export function parseSize(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,4})(KB|MB)$/.exec(text);
  const bytes = match ? Number(match[1]) * (match[2] === 'KB' ? 1024 : 1024 * 1024) : 0;
  return bytes > 0 && bytes <= 64 * 1024 * 1024 ? bytes : undefined;
}

function schemeContract(scheme: Scheme): Doc {
  const { profile, secret, weak } = scheme;
  const named = { secret: secret ?? null, weak: weak ?? null };
  switch (profile) {
    case 'none':
      return { profile, weak: weak ?? '' };
    case 'ip_list':
      return { profile, networks: scheme.networks ?? [], weak: weak ?? null };
    case 'path_token':
      return { profile, segment: scheme.segment ?? 0, ...named };
    case 'header':
      return { profile, header: lower(scheme.header), ...named };
    case 'basic':
    case 'bearer':
      return { profile, ...named };
    case 'jwt':
      return {
        profile,
        algorithms: scheme.algorithms ?? [],
        tolerance_seconds: parseDuration(scheme.tolerance ?? '1m') ?? 0,
        ...named,
      };
    default:
      return { ...signedContract(scheme), ...named };
  }
}

function signedContract(scheme: Scheme): Doc {
  const { profile, algorithm, key, timestamp, once } = scheme;
  const signature = scheme.signature ?? { header: scheme.header ?? '', encoding: scheme.encoding ?? 'hex' };
  return {
    profile,
    algorithm: algorithm ?? 'sha256',
    key:
      typeof key === 'object'
        ? { derive: key.derive ?? 'plain', cut_prefix: key.cut_prefix ?? null }
        : { derive: key ?? 'plain', cut_prefix: null },
    message: messageOf(scheme).map(partContract),
    signature: {
      header: lower(signature.header),
      layout: signature.layout ?? 'bare',
      prefix: signature.prefix ?? null,
      name: signature.name ?? null,
      separator: signature.separator ?? ',',
      assign: signature.assign ?? '=',
      encoding: signature.encoding,
    },
    timestamp: typeof timestamp === 'object' ? timestampContract(timestamp) : 'none',
    once:
      once === undefined ? null : { header: lower(once.header), keep_seconds: parseDuration(once.keep) ?? 0 },
  };
}

/** What is signed; `signs` is the short form of before. */
export function messageOf(scheme: Scheme): readonly (string | MessagePart)[] {
  return scheme.message ?? scheme.signs ?? [];
}

const PARTS = ['body', 'uri', 'secret'];

function partContract(part: string | MessagePart): Json {
  if (typeof part === 'string') return PARTS.includes(part) ? part : { text: part };
  if (part.header !== undefined) return { header: lower(part.header) };
  return part.signature === undefined ? { text: part.text ?? '' } : { signature: part.signature };
}

function timestampContract({ header, signature, unit, tolerance, signed }: Timestamp): Doc {
  const from = signature === undefined ? { header: lower(header) } : { signature };
  return { ...from, unit, tolerance_seconds: parseDuration(tolerance) ?? 0, signed };
}

function nameContract(name: EventName): Doc {
  const map = name.map === undefined ? null : { ...name.map };
  if (name.constant !== undefined) return { constant: name.constant };
  if (name.present !== undefined) return { present: { ...name.present } };
  if (name.header !== undefined) return { header: lower(name.header), map };
  if (name.segment !== undefined) return { segment: name.segment, map };
  if (name.query !== undefined) return { query: name.query, map };
  if (name.ce !== undefined) return { ce: name.ce, map };
  return { paths: name.paths ?? asList(name.path), join: name.join ?? '', map };
}

function handshakeContract({ when, unverified, reply }: Handshake): Doc {
  const { status, headers, json, text } = reply;
  return {
    when: { ...when, ...(when.header === undefined ? {} : { header: lower(when.header) }) },
    unverified: unverified ?? false,
    reply: {
      status: status ?? 200,
      headers: lowered(headers),
      json: (json as Doc | undefined) ?? null,
      text: text ?? null,
    },
  };
}

function authContract(auth: Auth): Doc {
  const { profile } = auth;
  switch (profile) {
    case 'header':
      return { profile, header: lower(auth.header) };
    case 'oauth2_client':
      return {
        profile,
        token_path: auth.token_path ?? '/',
        scope: auth.scope ?? null,
        client_in: auth.client_in ?? 'header',
      };
    case 'session':
      return {
        profile,
        login_path: auth.login_path ?? '/',
        user_field: auth.user_field ?? 'username',
        password_field: auth.password_field ?? 'password',
        token: asList(auth.token),
        expires: asList(auth.expires),
        lifetime_seconds: parseDuration(auth.lifetime ?? '15m') ?? 0,
        header: lower(auth.header),
        prefix: auth.prefix ?? '',
      };
    case 'signed':
      return {
        profile,
        algorithm: auth.algorithm ?? 'sha256',
        query: { ...auth.query },
        message: (auth.message ?? []).map((part) => (typeof part === 'string' ? part : { text: part.text })),
        encoding: auth.encoding ?? 'hex',
        header: lower(auth.header),
        prefix: auth.prefix ?? '',
      };
    default:
      return { profile };
  }
}

function limitsContract(limits: Limits): Doc {
  return {
    budget: (limits.budget ?? []).map(({ calls, per }) => ({ calls, per_seconds: parseDuration(per) ?? 0 })),
    retry_after: lower(limits.retry_after ?? 'retry-after'),
    wait_seconds: limits.wait === undefined ? null : (parseDuration(limits.wait) ?? 0),
    remaining: limits.remaining === undefined ? null : lower(limits.remaining),
    reset: limits.reset === undefined ? null : lower(limits.reset),
    reset_unit: limits.reset_unit ?? 'auto',
  };
}

export function fetchContract(fetch: Fetch): Doc {
  return {
    as: fetch.as,
    method: fetch.post === undefined ? 'GET' : 'POST',
    path: fetch.post ?? fetch.get ?? '/',
    ...callContract(fetch),
    unless: asList(fetch.unless),
    when: conditions(fetch.when),
    until: conditions(fetch.until),
    missing: fetch.missing ?? 'retry',
  };
}

export function readContract(read: ReadSpec): Doc {
  return {
    every_seconds: parseDuration(read.every) ?? 0,
    method: read.method ?? 'GET',
    path: read.path,
    ...callContract(read),
    watermark: read.watermark === undefined ? null : watermarkContract(read.watermark),
  };
}

function callContract({
  query,
  headers,
  body,
  page,
}: Pick<Fetch, 'query' | 'headers' | 'body' | 'page'>): Doc {
  return {
    query: { ...query },
    headers: lowered(headers),
    body: (body as Doc | undefined) ?? null,
    page: page === undefined ? null : pageContract(page),
  };
}

function watermarkContract({ path, into, template, format, overlap, start }: Watermark): Doc {
  const place = into.body === undefined ? 'query' : 'body';
  return {
    path: asList(path),
    into: { place, name: into.body ?? into.query ?? '' },
    template: template ?? '{since}',
    format,
    overlap_seconds: overlap === 'none' ? 0 : (parseDuration(overlap) ?? 0),
    start: start ?? null,
  };
}

export function pageContract(page: Page): Doc {
  const { style, field, size_field: sizeField, size, first } = page;
  const shared = {
    size_field: sizeField ?? null,
    size: size ?? 1,
    items: asList(page.items),
    last: asList(page.last),
  };
  switch (style) {
    case 'next_link':
      return { style, next: asList(page.next), ...shared };
    case 'cursor':
      return { style, field: field ?? '', next: asList(page.next), ...shared };
    default:
      return { style, field: field ?? '', first: first ?? 0, ...shared };
  }
}

export function lower(name: string | undefined): string {
  return (name ?? '').toLowerCase();
}

export function lowered(headers: Readonly<Record<string, string>> | undefined): Doc {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [lower(name), value]));
}
