/*
 * Contracts made before the language grew spell out less. They stay valid: what they leave out is filled in here, with what it meant then.
 * Nothing is judged here; what is not understood is left as it is for the schema to refuse.
 */

type Doc = Record<string, unknown>;

const ACCEPT = {
  methods: ['POST'],
  format: 'json',
  max_body_bytes: 4 * 1024 * 1024,
  answers: {
    accepted: 202,
    duplicate: 202,
    held: 202,
    bad_signature: 401,
    unsupported: 415,
    too_large: 413,
    overloaded: 503,
  },
};
const READ = {
  headers: {},
  user_agent: null,
  limits: {
    budget: [],
    retry_after: 'retry-after',
    wait_seconds: null,
    remaining: null,
    reset: null,
    reset_unit: 'auto',
  },
};
const REQUEST = { query: {}, headers: {}, body: null, page: null };

export function withDefaults(document: unknown): unknown {
  if (!isDoc(document)) return document;
  const { source, events, reads } = document;
  return {
    writes: null,
    ...document,
    source: isDoc(source) ? sourceOf(source) : source,
    events: mapDocs(events, (event) => ({ ...event, fetch: mapList(event['fetch'], withRequest) })),
    reads: mapDocs(reads, (read) => ({ watermark: null, ...withRequest(read) })),
  };
}

function sourceOf(source: Doc): Doc {
  const { verify, event_name: name, read } = source;
  return {
    accept: ACCEPT,
    handshakes: [],
    records: null,
    drop: [],
    ...source,
    verify: isDoc(verify) ? [schemeOf(verify)] : verify,
    event_name: isDoc(name) ? [{ map: null, ...name }] : name,
    read: isDoc(read) ? { ...READ, ...read } : (read ?? null),
  };
}

function schemeOf(verify: Doc): Doc {
  if (!('signs' in verify)) return verify;
  const { header, encoding, key, signs, ...rest } = verify;
  return {
    key: { derive: key, cut_prefix: null },
    message: signs,
    signature: {
      header,
      layout: 'bare',
      prefix: null,
      name: null,
      separator: ',',
      assign: '=',
      encoding,
    },
    once: null,
    secret: null,
    weak: null,
    ...rest,
  };
}

function withRequest(read: Doc): Doc {
  return { ...REQUEST, ...read };
}

function mapDocs(value: unknown, turn: (doc: Doc) => Doc): unknown {
  if (!isDoc(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, isDoc(item) ? turn(item) : item]),
  );
}

function mapList(value: unknown, turn: (doc: Doc) => Doc): unknown {
  return Array.isArray(value) ? value.map((item: unknown) => (isDoc(item) ? turn(item) : item)) : value;
}

function isDoc(value: unknown): value is Doc {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
