/* What the sidecar reads of `writes` in contract.json (docs/architecture.md §3): how a record of Odoo is written to the product. */

import type { Condition, PageRule } from './contract-types.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Operation = 'create' | 'update' | 'delete';

/** A token that the product wants fetched before a write, with the cookies that came along. */
export interface WriteToken {
  path: string;
  /** Asked for by this header with `ask`; the answer's header of the same name holds it. */
  header: string;
  ask: string;
  cookies: boolean;
  /** Statuses that say that the token is over: it is fetched again, once. */
  refused: number[];
}

/** How a value is written; the keys that do not belong to its type are null. */
export interface WriteValue {
  /** The canonical field; null for a constant. */
  field: string | null;
  value: string | number | boolean | null;
  type: 'text' | 'decimal' | 'datetime' | 'date' | 'enum' | 'ref' | 'quantity' | 'unit' | 'constant';
  as: 'text' | 'integer' | 'number' | 'boolean';
  /** By canonical word, what the product calls it. */
  map: Record<string, string | number | boolean> | null;
  /** The canonical number times `factor`; `decimals` null: exactly, else rounded half away from zero. */
  number: { factor: string; decimals: number | null } | null;
  /** How hours are written. */
  unit: 'hours' | 'minutes' | 'seconds' | 'clock' | 'iso8601' | null;
  format: string | null;
  time_zone: string | null;
  /** Puts the value into an object under this name; null stays null. */
  inside: string | null;
  absent: 'omit' | 'hold';
  null: 'write' | 'omit' | 'empty' | 'hold';
  /** Goes along with a partial patch although it did not change. */
  always: boolean;
}

/** What an answer means; the first rule that fits counts, then the rules of HTTP do. */
export interface AnswerRule {
  status: number[];
  when: Condition[];
  then: 'ok' | 'gone' | 'look_up' | 'retry' | 'held' | 'dead';
  code: string | null;
}

/** Templates over the answer; the first that resolves counts. */
export interface Capture {
  external_id: string[];
  version: string[];
}

export interface WriteCall {
  as: string;
  method: Method;
  /** One of both: a path below the base, or a whole address of the same host out of an earlier answer. */
  path: string | null;
  url: string | null;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** A header that carries the method; the call itself is a POST. */
  override: string | null;
  body: unknown;
  /** Steps around the body, the outermost first; `[]` makes a list of one. */
  wrap: string[];
  /** Only what changed is written; nothing changed, no call. */
  partial: boolean;
  when: Condition[];
  answers: AnswerRule[];
  capture: Capture;
}

/** A search for the record by our own key. */
export interface LookUp {
  method: 'GET' | 'POST';
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: unknown;
  page: PageRule | null;
  items: string[];
  where: Condition[];
  capture: Capture;
  /** How long after a lost answer the product may still be making the record. */
  settle_seconds: number;
}

export interface WriteFlow {
  /** What makes the external id, when it is several values: they are `external.<name>`. */
  external_id: { separator: string; names: string[] } | null;
  values: Record<string, WriteValue>;
  /** Null: the product keeps no key of ours, so a create in doubt waits for a person. */
  look_up: LookUp | null;
  /** What keeps the product from telling us of our own write; `remember`: Odoo knows it by id and version. */
  echo: { query: Record<string, string>; headers: Record<string, string>; remember: boolean };
  answers: AnswerRule[];
  create: WriteCall[] | null;
  update: WriteCall[] | null;
  delete: WriteCall[] | null;
  /** What of this nobody has documented; null when all is. */
  assumed: string | null;
}

export interface Writes {
  token: WriteToken | null;
  flows: Record<string, WriteFlow>;
}
