import type { Doc } from './schemas.ts';

/** The addon's side of the outbox (docs/architecture.md §5), for connectors that write to their product. */

export const LEASE = '/millwright/v1/{backend}/outbox/lease';
export const SETTLE = '/millwright/v1/{backend}/outbox/settle';

const TEXT = { type: 'string' };
const TEXT_OR_NULL = { type: ['string', 'null'] };

/** What refuses a call, by status and code, as the addon's controller answers. */
export const LEASE_ERRORS = {
  400: ['bad_limit', 'not_an_object', 'not_json'],
  409: ['copy_unconfirmed', 'environment_mismatch'],
  415: ['content_type'],
} as const;
export const SETTLE_ERRORS = {
  400: ['bad_result', 'not_a_batch', 'not_an_object', 'not_json'],
  409: ['copy_unconfirmed'],
  413: ['too_many'],
  415: ['content_type'],
} as const;

export const leaseRequest: Doc = {
  type: 'object',
  required: ['environment', 'limit'],
  properties: { environment: TEXT, limit: { type: 'integer', minimum: 1 } },
};

export const settleRequest: Doc = results({
  required: ['id', 'token', 'status'],
  properties: {
    id: TEXT,
    token: TEXT,
    status: { type: 'string', enum: ['done', 'retry', 'held', 'dead'] },
    external_id: TEXT_OR_NULL,
    remote_version: TEXT_OR_NULL,
    code: TEXT,
    message: TEXT,
    retry_after_seconds: { type: ['integer', 'null'] },
  },
});

export const settled: Doc = results({
  required: ['id', 'status'],
  properties: { id: TEXT, status: { type: 'string', enum: ['settled', 'stale'] } },
});

/** One entry for each message. */
function results(entry: Doc): Doc {
  return {
    type: 'object',
    required: ['results'],
    properties: { results: { type: 'array', items: { type: 'object', ...entry } } },
  };
}

/** What a lease gives out of these flows. */
export function leased(flows: readonly string[]): Doc {
  return {
    type: 'object',
    required: ['messages', 'lease_seconds', 'more'],
    properties: {
      messages: { type: 'array', items: message(flows) },
      lease_seconds: { type: 'integer' },
      more: { type: 'boolean' },
    },
  };
}

function message(flows: readonly string[]): Doc {
  const moment = { type: 'string', description: 'An instant with Z.' };
  const properties: Doc = {
    id: { ...TEXT, description: 'The idempotency key, the same over retries.' },
    token: { ...TEXT, description: 'Of this lease.' },
    flow: { type: 'string', enum: [...flows] },
    kind: TEXT,
    operation: { type: 'string', enum: ['create', 'update', 'delete'] },
    key: { ...TEXT, description: 'Messages of one key are written in order.' },
    external_id: TEXT_OR_NULL,
    reference: { ...TEXT, maxLength: 64, description: 'Our own key of the record.' },
    version: TEXT,
    occurred_at: moment,
    contract_hash: TEXT,
    lane: { type: 'string', enum: ['critical', 'standard', 'batch'] },
    attempts: { type: 'integer', minimum: 1 },
    doubt: { type: 'boolean', description: 'An earlier lease ended without a word.' },
    fields: { type: 'object', description: 'Canonical fields.' },
    changed: { type: ['array', 'null'], items: TEXT, description: 'Names of fields; null: all of them.' },
  };
  return { type: 'object', required: Object.keys(properties), properties };
}
