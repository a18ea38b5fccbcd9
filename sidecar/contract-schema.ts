/* JSON Schema of what the sidecar reads of contract.json (docs/architecture.md §3). What it cannot do is refused here, not at the first callback. */

import {
  conditions,
  count,
  exact,
  header,
  list,
  open,
  orNull,
  paths,
  text,
  texts,
} from './contract-schema-parts.ts';
import { writesSchema } from './contract-writes-schema.ts';

const part = {
  anyOf: [
    { enum: ['body', 'uri', 'secret'] },
    exact({ header }),
    exact({ signature: text }),
    exact({ text }),
  ],
};
const key = exact({
  derive: { enum: ['plain', 'base64', 'hex', 'sha256hex'] },
  cut_prefix: orNull(text),
});
const signature = exact({
  header,
  layout: { enum: ['bare', 'pairs', 'list'] },
  prefix: orNull(text),
  name: orNull(text),
  separator: text,
  assign: text,
  encoding: { enum: ['hex', 'base64'] },
});
const timestampRules = {
  unit: { enum: ['auto', 's', 'ms', 'iso'] },
  tolerance_seconds: count(1),
  signed: { type: 'boolean' },
};
const timestamp = {
  anyOf: [
    { const: 'none' },
    exact({ header, ...timestampRules }),
    exact({ signature: text, ...timestampRules }),
  ],
};
const named = { secret: orNull(text), weak: orNull(text) };
const signed = {
  algorithm: { enum: ['sha256', 'sha512', 'sha1', 'md5'] },
  key,
  message: { ...list(part), minItems: 1 },
  signature,
  timestamp,
  once: orNull(exact({ header, keep_seconds: count(1) })),
  ...named,
};
const SCHEMES: Record<string, object> = {
  hmac: exact({ profile: { const: 'hmac' }, ...signed }),
  digest: exact({ profile: { const: 'digest' }, ...signed }),
  basic: exact({ profile: { const: 'basic' }, ...named }),
  bearer: exact({ profile: { const: 'bearer' }, ...named }),
  jwt: exact({
    profile: { const: 'jwt' },
    algorithms: { ...list({ enum: ['RS256', 'ES256'] }), minItems: 1 },
    tolerance_seconds: count(0),
    ...named,
  }),
  header: exact({ profile: { const: 'header' }, header, ...named }),
  path_token: exact({ profile: { const: 'path_token' }, segment: count(0), ...named }),
  ip_list: exact({ profile: { const: 'ip_list' }, networks: { ...paths, minItems: 1 }, weak: orNull(text) }),
  none: exact({ profile: { const: 'none' }, weak: text }),
};
/** One branch by profile, so that a problem is said about that scheme alone. */
const scheme = {
  ...open(['profile'], { profile: { enum: Object.keys(SCHEMES) } }),
  allOf: Object.entries(SCHEMES).map(([profile, then]) => ({
    if: open(['profile'], { profile: { const: profile } }),
    then,
  })),
};

const map = orNull(texts);
const eventName = {
  anyOf: [
    exact({ header, map }),
    exact({ paths: { ...paths, minItems: 1 }, join: { type: 'string' }, map }),
    exact({ segment: count(0), map }),
    exact({ query: text, map }),
    exact({ present: { ...texts, minProperties: 1 } }),
    exact({ ce: text, map }),
    exact({ constant: text }),
  ],
};

const success = { type: 'integer', minimum: 200, maximum: 299 };
const failure = { type: 'integer', minimum: 400, maximum: 599 };
const accept = exact({
  methods: { ...list({ enum: ['POST', 'PUT', 'PATCH'] }), minItems: 1 },
  format: { enum: ['json', 'cloudevents'] },
  max_body_bytes: { type: 'integer', minimum: 1, maximum: 67_108_864 },
  answers: exact({
    accepted: success,
    duplicate: success,
    held: success,
    bad_signature: failure,
    unsupported: failure,
    too_large: failure,
    overloaded: failure,
  }),
});

const handshake = exact({
  when: {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: {
      method: { enum: ['POST', 'PUT', 'GET', 'OPTIONS', 'HEAD'] },
      header,
      path: text,
      query: text,
      equals: { type: 'string' },
    },
  },
  unverified: { type: 'boolean' },
  reply: exact({
    status: success,
    headers: texts,
    json: { type: ['object', 'null'] },
    text: orNull({ type: 'string' }),
  }),
});

const step = { type: 'string', pattern: '^/' };
const auth = {
  anyOf: [
    exact({ profile: { const: 'header' }, header }),
    exact({ profile: { const: 'bearer' } }),
    exact({ profile: { const: 'basic' } }),
    exact({
      profile: { const: 'oauth2_client' },
      token_path: step,
      scope: orNull(text),
      client_in: { enum: ['header', 'body'] },
    }),
    exact({
      profile: { const: 'session' },
      login_path: step,
      user_field: text,
      password_field: text,
      token: { ...paths, minItems: 1 },
      expires: paths,
      lifetime_seconds: count(1),
      header,
      prefix: { type: 'string' },
    }),
    exact({
      profile: { const: 'signed' },
      algorithm: { enum: ['sha256', 'sha512', 'sha1'] },
      query: texts,
      message: {
        ...list({ anyOf: [{ enum: ['method', 'host', 'path', 'query', 'body'] }, exact({ text })] }),
        minItems: 1,
      },
      encoding: { enum: ['hex', 'base64'] },
      header,
      prefix: { type: 'string' },
    }),
  ],
};
const limits = exact({
  budget: list(exact({ calls: count(1), per_seconds: count(1) })),
  retry_after: header,
  wait_seconds: { anyOf: [count(1), { type: 'null' }] },
  remaining: orNull(header),
  reset: orNull(header),
  reset_unit: { enum: ['auto', 's', 'ms', 'iso', 'wait_s'] },
});
const read = exact({ auth, headers: texts, user_agent: orNull(text), limits });

const paging = { size_field: orNull(text), size: count(1), items: paths, last: paths };
const page = {
  anyOf: [
    exact({ style: { const: 'number' }, field: text, first: count(0), ...paging }),
    exact({ style: { const: 'offset' }, field: text, first: count(0), ...paging }),
    exact({ style: { const: 'cursor' }, field: text, next: { ...paths, minItems: 1 }, ...paging }),
    exact({ style: { const: 'next_link' }, next: { ...paths, minItems: 1 }, ...paging }),
  ],
};

const request = {
  method: { enum: ['GET', 'POST'] },
  path: step,
  query: texts,
  body: { type: ['object', 'null'] },
  headers: texts,
  page: orNull(page),
};
const fetchRead = open(['as', 'unless', 'when', 'until', 'missing', ...Object.keys(request)], {
  ...request,
  as: text,
  unless: paths,
  when: conditions,
  until: conditions,
  missing: { enum: ['retry', 'hold', 'skip'] },
});
const watermark = exact({
  path: { ...paths, minItems: 1 },
  into: exact({ place: { enum: ['query', 'body'] }, name: text }),
  template: text,
  format: { enum: ['iso', 'epoch_s', 'epoch_ms', 'as_is'] },
  overlap_seconds: count(0),
  start: orNull(text),
});
const scheduledRead = open(['every_seconds', 'watermark', ...Object.keys(request)], {
  ...request,
  every_seconds: count(1),
  watermark: orNull(watermark),
});

const eventRule = open(['origin', 'flows', 'lane', 'subject', 'time', 'identity', 'schema', 'fetch'], {
  origin: { enum: ['callback', 'read'] },
  flows: paths,
  lane: { enum: ['critical', 'standard', 'batch'] },
  subject: { ...paths, minItems: 1 },
  time: paths,
  identity: { ...paths, minItems: 1 },
  schema: { type: 'object' },
  fetch: list(fetchRead),
});

const flow = open(['inputs'], {
  inputs: { type: 'object', additionalProperties: open(['role', 'on'], { role: text, on: paths }) },
});

const TOP = ['contract', 'hash', 'connector', 'source', 'events', 'reads', 'flows', 'writes'];

export const CONTRACT_SCHEMA = open(TOP, {
  contract: { const: 1 },
  hash: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  connector: open(['code', 'title', 'version', 'odoo'], {
    code: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' },
    version: { type: 'string' },
  }),
  source: exact({
    accept,
    verify: { ...list(scheme), minItems: 1 },
    event_name: { ...list(eventName), minItems: 1 },
    handshakes: list(handshake),
    records: orNull(exact({ path: { ...paths, minItems: 1 } })),
    drop: paths,
    read: orNull(read),
  }),
  events: { type: 'object', additionalProperties: eventRule },
  reads: { type: 'object', additionalProperties: scheduledRead },
  flows: { type: 'object', additionalProperties: flow },
  writes: orNull(writesSchema(page)),
});
