/* JSON Schema of `writes` in contract.json. */

import {
  conditions,
  count,
  exact,
  header,
  list,
  orNull,
  paths,
  text,
  texts,
} from './contract-schema-parts.ts';

const status = { type: 'integer', minimum: 100, maximum: 599 };
const literal = { type: ['string', 'number', 'boolean'] };
const address = { type: 'string', pattern: '^/' };

const value = exact({
  field: orNull(text),
  value: { type: ['string', 'number', 'boolean', 'null'] },
  type: { enum: ['text', 'decimal', 'datetime', 'date', 'enum', 'ref', 'quantity', 'unit', 'constant'] },
  as: { enum: ['text', 'integer', 'number', 'boolean'] },
  map: orNull({ type: 'object', additionalProperties: literal }),
  number: orNull(exact({ factor: text, decimals: orNull(count(0)) })),
  unit: { enum: ['hours', 'minutes', 'seconds', 'clock', 'iso8601', null] },
  format: orNull(text),
  time_zone: orNull(text),
  inside: orNull(text),
  absent: { enum: ['omit', 'hold'] },
  null: { enum: ['write', 'omit', 'empty', 'hold'] },
  always: { type: 'boolean' },
});

const answers = list(
  exact({
    status: list(status),
    when: conditions,
    then: { enum: ['ok', 'gone', 'look_up', 'retry', 'held', 'dead'] },
    code: orNull(text),
  }),
);
const capture = exact({ external_id: paths, version: paths });

const call = exact({
  as: text,
  method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
  path: orNull(address),
  url: orNull(text),
  query: texts,
  headers: texts,
  override: orNull(header),
  body: {},
  wrap: paths,
  partial: { type: 'boolean' },
  when: conditions,
  answers,
  capture,
});
const calls = orNull({ ...list(call), minItems: 1 });

/** `page` is the schema of the contract's other paged reads. */
export function writesSchema(page: object): object {
  const lookUp = exact({
    method: { enum: ['GET', 'POST'] },
    path: address,
    query: texts,
    headers: texts,
    body: {},
    page: orNull(page),
    items: paths,
    where: { ...conditions, minItems: 1 },
    capture,
    settle_seconds: count(0),
  });
  const flow = exact({
    external_id: orNull(exact({ separator: text, names: paths })),
    values: { type: 'object', additionalProperties: value },
    look_up: orNull(lookUp),
    echo: exact({ query: texts, headers: texts, remember: { type: 'boolean' } }),
    answers,
    create: calls,
    update: calls,
    delete: calls,
    assumed: orNull(text),
  });
  const token = exact({
    path: address,
    header,
    ask: text,
    cookies: { type: 'boolean' },
    refused: list(status),
  });
  return exact({
    token: orNull(token),
    flows: { type: 'object', minProperties: 1, additionalProperties: flow },
  });
}
