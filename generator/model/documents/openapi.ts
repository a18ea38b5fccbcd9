import type { EventSpec, Spec } from '../../spec/types.ts';
import {
  LEASE,
  LEASE_ERRORS,
  SETTLE,
  SETTLE_ERRORS,
  leased,
  leaseRequest,
  settled,
  settleRequest,
} from './outbox-api.ts';
import { componentName, dataSchema } from './schemas.ts';
import type { Doc } from './schemas.ts';

const EVENTS = '/millwright/v1/{backend}/events';
const STATUS = '/millwright/v1/{backend}/status';
const MAX_EVENTS = 1000;
const MAX_MEGABYTES = 8;

/** What refuses a call, by status and code, as the addon's controller answers; a test compares both. */
const KEY_ERRORS: Errors = { 401: ['bad_key', 'no_key'], 404: ['no_database'] };
const BATCH_ERRORS: Errors = {
  400: ['not_a_batch', 'not_json'],
  409: ['copy_unconfirmed', 'environment_mismatch'],
  413: ['too_many'],
  415: ['content_type'],
};
type Errors = Readonly<Record<string, readonly string[]>>;

const MEANINGS: Readonly<Record<string, string>> = {
  400: 'The body is no batch.',
  401: 'The key is missing, unknown, expired, of another scope or of another backend, or there is no such backend.',
  404: 'The call names no database, or the addon is not installed in it (then without this body).',
  409: 'The batch comes from another environment, or the database is a copy that nobody has confirmed.',
  413: `More than ${MAX_EVENTS} events, or more than ${MAX_MEGABYTES} MiB (then without this body).`,
  415: 'The content type is none of a batch.',
};

/** OpenAPI 3.1 of the addon's endpoints, with the events that this connector sends there. */
export function openApi(spec: Spec): Doc {
  const { code, title, version } = spec.connector;
  const events = Object.entries({ ...spec.source.events, ...spec.source.reads });
  const known = Object.fromEntries(
    events.map(([name, event]) => [`event.${componentName(name)}`, knownEvent(code, name, event)]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: `${title}: endpoints of the addon`,
      version,
      license: { name: 'LGPL-3.0-or-later', identifier: 'LGPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths: {
      [EVENTS]: { parameters: parameters(), post: send(Object.keys(known)) },
      [STATUS]: { parameters: parameters(), get: ask() },
      ...outbox(spec),
    },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: "The backend's key, of scope millwright." },
      },
      schemas: { envelope: envelope(), ...known, result: result(), status: status() },
    },
  };
}

/** Only of a connector that writes to its product. */
function outbox(spec: Spec): Doc {
  const flows = Object.entries(spec.flows).flatMap(([name, flow]) => (flow.out === undefined ? [] : [name]));
  if (flows.length === 0) return {};
  const call = (operationId: string, summary: string, body: Doc, given: Doc, errors: Errors): Doc => ({
    parameters: parameters(),
    post: {
      operationId,
      summary,
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
      responses: {
        200: answer('Done.', given),
        ...refusals({ ...KEY_ERRORS, ...errors }),
        429: busy('Too many calls.'),
        503: busy('Odoo is overloaded or away.'),
      },
    },
  });
  return {
    [LEASE]: call('leaseOutbox', 'Lease what is to be written.', leaseRequest, leased(flows), LEASE_ERRORS),
    [SETTLE]: call('settleOutbox', 'Say how it went.', settleRequest, settled, SETTLE_ERRORS),
  };
}

function parameters(): Doc[] {
  const schema = { type: 'string' };
  return [
    { name: 'backend', in: 'path', required: true, description: 'Code of the backend.', schema },
    { name: 'X-Odoo-Database', in: 'header', description: 'Where Odoo serves several databases.', schema },
  ];
}

function send(names: readonly string[]): Doc {
  const anyOf = [...names, 'envelope'].map((name) => ({ $ref: `#/components/schemas/${name}` }));
  const schema = { type: 'array', maxItems: MAX_EVENTS, items: { anyOf } };
  const results = { type: 'array', items: { $ref: '#/components/schemas/result' } };
  return {
    operationId: 'sendEvents',
    summary: "Store a batch of CloudEvents; the answer names each event's fate, in their order.",
    requestBody: {
      required: true,
      content: { 'application/cloudevents-batch+json': { schema }, 'application/json': { schema } },
    },
    responses: {
      200: answer('Each event is stored, or says why not.', {
        type: 'object',
        required: ['results'],
        properties: { results },
      }),
      ...refusals({ ...KEY_ERRORS, ...BATCH_ERRORS }),
      429: busy('Too many calls.'),
      503: busy('Odoo is overloaded or away.'),
    },
  };
}

function ask(): Doc {
  return {
    operationId: 'readStatus',
    summary: 'Whether the backend takes events, and under which contract.',
    responses: {
      200: answer('The backend.', { $ref: '#/components/schemas/status' }),
      ...refusals(KEY_ERRORS),
      429: busy('Too many calls.'),
      503: busy('Odoo is overloaded or away.'),
    },
  };
}

function answer(description: string, schema: Doc): Doc {
  return { description, content: { 'application/json': { schema } } };
}

function refusals(errors: Errors): Doc {
  return Object.fromEntries(
    Object.entries(errors).map(([status, codes]) => {
      const text = { type: 'string' };
      const error = {
        type: 'object',
        required: ['code', 'message', 'remedy'],
        properties: { code: { type: 'string', enum: [...codes] }, message: text, remedy: text },
      };
      const schema = { type: 'object', required: ['error'], properties: { error } };
      const challenge = { headers: { 'WWW-Authenticate': { schema: { type: 'string', const: 'Bearer' } } } };
      return [status, { ...answer(MEANINGS[status] ?? '', schema), ...(status === '401' ? challenge : {}) }];
    }),
  );
}

/** Not the controller's: what stands before Odoo answers so, with any body or none. */
function busy(reason: string): Doc {
  const header = { description: 'When to send again.', schema: { type: 'string' } };
  return {
    description: `${reason} Answered by what stands before Odoo.`,
    headers: { 'Retry-After': header },
  };
}

const TEXT = { type: 'string', minLength: 1 };
const OPTIONAL_TEXT = { type: ['string', 'null'], minLength: 1 };

function envelope(): Doc {
  const moment = { type: ['string', 'null'], format: 'date-time' };
  return {
    description: 'What every event has; one that has not is answered rejected.',
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'data'],
    properties: {
      specversion: { const: '1.0' },
      id: { ...TEXT, maxLength: 200 },
      source: { ...TEXT, description: '/millwright/ and the code of the backend.', pattern: '^/millwright/' },
      type: TEXT,
      time: moment,
      subject: { ...OPTIONAL_TEXT, maxLength: 200 },
      dataschema: OPTIONAL_TEXT,
      lane: { type: 'string', enum: ['critical', 'standard', 'batch'] },
      sequence: OPTIONAL_TEXT,
      environment: { type: 'string' },
      traceparent: OPTIONAL_TEXT,
      data: {
        type: 'object',
        required: ['event', 'payload'],
        properties: {
          event: TEXT,
          payload: { description: 'The body as it was received.' },
          fetched: { type: 'object' },
          received_at: moment,
        },
      },
    },
  };
}

function knownEvent(code: string, name: string, event: EventSpec): Doc {
  const data = { type: 'object', properties: { event: { const: name }, payload: dataSchema(event) } };
  return {
    allOf: [{ $ref: '#/components/schemas/envelope' }],
    type: 'object',
    properties: { type: { const: `${code}.${name}` }, data },
  };
}

function result(): Doc {
  return {
    type: 'object',
    required: ['id', 'status', 'code', 'remedy'],
    properties: {
      id: { description: 'As it was sent; null where there was none.' },
      status: { type: 'string', enum: ['accepted', 'duplicate', 'held', 'rejected'] },
      code: { type: 'string' },
      remedy: { type: 'string' },
    },
  };
}

function status(): Doc {
  return {
    type: 'object',
    required: ['backend', 'environment', 'enabled', 'confirmed', 'contract_hash', 'version'],
    properties: {
      backend: { type: 'string' },
      environment: { type: 'string' },
      enabled: { type: 'boolean' },
      confirmed: { type: 'boolean', description: 'No: a copy of the database that was set up; it refuses.' },
      contract_hash: { type: ['string', 'null'] },
      version: { type: 'string', description: "Odoo's version." },
    },
  };
}
