/* What the sidecar reads of contract.json (docs/architecture.md §3), in the spelling of the file. */

import type { Writes } from './contract-writes.ts';

export interface Condition {
  path: string;
  equals?: unknown;
  in?: unknown[];
  present?: boolean;
  equals_path?: string;
}

/** A part of the text that is signed. `secret` belongs to plain digests alone. */
export type MessagePart =
  'body' | 'uri' | 'secret' | { header: string } | { signature: string } | { text: string };

export interface SignatureRule {
  header: string;
  /** `bare`: the header is the signature; `list`: several, separated; `pairs`: names and values, those called `name` count. */
  layout: 'bare' | 'pairs' | 'list';
  prefix: string | null;
  name: string | null;
  separator: string;
  assign: string;
  encoding: 'hex' | 'base64';
}

export type TimeUnit = 'auto' | 's' | 'ms' | 'iso';
export type TimestampRule = ({ header: string } | { signature: string }) & {
  unit: TimeUnit;
  tolerance_seconds: number;
  signed: boolean;
};

export interface SignedScheme {
  /** `digest` is a plain hash over a message that holds the secret. */
  profile: 'hmac' | 'digest';
  algorithm: 'sha256' | 'sha512' | 'sha1' | 'md5';
  key: { derive: 'plain' | 'base64' | 'hex' | 'sha256hex'; cut_prefix: string | null };
  message: MessagePart[];
  signature: SignatureRule;
  timestamp: 'none' | TimestampRule;
  /** A token of the request that counts once; remembered so long. */
  once: { header: string; keep_seconds: number } | null;
  secret: string | null;
  weak: string | null;
}

/** Tokens that an issuer signs; the secret says who it is (`readIssuer`). */
export interface IssuedTokenScheme {
  profile: 'jwt';
  algorithms: ('RS256' | 'ES256')[];
  /** How far its times may be from our clock. */
  tolerance_seconds: number;
  secret: string | null;
  weak: string | null;
}

/** One way to prove where a callback comes from. `secret` is the name of the secrets it goes by; `weak` why a weak one is taken. */
export type Scheme =
  | SignedScheme
  | IssuedTokenScheme
  | { profile: 'basic' | 'bearer'; secret: string | null; weak: string | null }
  | { profile: 'header'; header: string; secret: string | null; weak: string | null }
  | { profile: 'path_token'; segment: number; secret: string | null; weak: string | null }
  | { profile: 'ip_list'; networks: string[]; weak: string | null }
  | { profile: 'none'; weak: string };

type Mapped = { map: Record<string, string> | null };
export type NameSource =
  | ({ header: string } & Mapped)
  | ({ paths: string[]; join: string } & Mapped)
  | ({ segment: number } & Mapped)
  | ({ query: string } & Mapped)
  | { present: Record<string, string> }
  | ({ ce: string } & Mapped)
  | { constant: string };

export interface AcceptRule {
  methods: string[];
  format: 'json' | 'cloudevents';
  max_body_bytes: number;
  answers: Record<
    'accepted' | 'duplicate' | 'held' | 'bad_signature' | 'unsupported' | 'too_large' | 'overloaded',
    number
  >;
}

export interface Handshake {
  when: { method?: string; header?: string; path?: string; query?: string; equals?: string };
  unverified: boolean;
  reply: {
    status: number;
    headers: Record<string, string>;
    json: Record<string, unknown> | null;
    text: string | null;
  };
}

/** A call at the product. */
export interface RequestRule {
  method: 'GET' | 'POST';
  path: string;
  query: Record<string, string>;
  body: Record<string, unknown> | null;
  headers: Record<string, string>;
  page: PageRule | null;
}

export interface FetchRead extends RequestRule {
  as: string;
  unless: string[];
  when: Condition[];
  until: Condition[];
  /** What a 404 means: come again, wait for a person, or go on without (`fetched.<as>` is null). */
  missing: 'retry' | 'hold' | 'skip';
}

export interface EventRule {
  origin: 'callback' | 'read';
  flows: string[];
  lane: string;
  subject: string[];
  time: string[];
  identity: string[];
  schema: Record<string, unknown>;
  fetch: FetchRead[];
}

/** One way in which events feed a flow. Its mapping runs in Odoo and is not looked into here. */
export interface FlowInput {
  role: string;
  on: string[];
  [key: string]: unknown;
}

interface Paging {
  size_field: string | null;
  size: number;
  items: string[];
  last: string[];
}
export type PageRule =
  | ({ style: 'number' | 'offset'; field: string; first: number } & Paging)
  | ({ style: 'cursor'; field: string; next: string[] } & Paging)
  | ({ style: 'next_link'; next: string[] } & Paging);

export interface Watermark {
  path: string[];
  into: { place: 'query' | 'body'; name: string };
  /** Text with `{since}`. */
  template: string;
  format: 'iso' | 'epoch_s' | 'epoch_ms' | 'as_is';
  overlap_seconds: number;
  start: string | null;
}

export interface ScheduledRead extends RequestRule {
  every_seconds: number;
  watermark: Watermark | null;
}

export interface SessionAuth {
  profile: 'session';
  login_path: string;
  user_field: string;
  password_field: string;
  token: string[];
  expires: string[];
  lifetime_seconds: number;
  header: string;
  prefix: string;
}
export interface RequestSigning {
  profile: 'signed';
  algorithm: 'sha256' | 'sha512' | 'sha1';
  query: Record<string, string>;
  message: ('method' | 'host' | 'path' | 'query' | 'body' | { text: string })[];
  encoding: 'hex' | 'base64';
  header: string;
  prefix: string;
}
export interface ClientCredentials {
  profile: 'oauth2_client';
  token_path: string;
  scope: string | null;
  client_in: 'header' | 'body';
}
export type ReadAuth =
  | { profile: 'header'; header: string }
  | { profile: 'bearer' | 'basic' }
  | ClientCredentials
  | SessionAuth
  | RequestSigning;

export interface ReadLimits {
  budget: { calls: number; per_seconds: number }[];
  retry_after: string;
  wait_seconds: number | null;
  remaining: string | null;
  reset: string | null;
  reset_unit: TimeUnit | 'wait_s';
}
export interface ReadRule {
  auth: ReadAuth;
  headers: Record<string, string>;
  user_agent: string | null;
  limits: ReadLimits;
}

export interface SourceRule {
  accept: AcceptRule;
  /** All of them have to hold. */
  verify: Scheme[];
  /** The first that answers. */
  event_name: NameSource[];
  handshakes: Handshake[];
  records: { path: string[] } | null;
  drop: string[];
  read: ReadRule | null;
}

export interface Contract {
  contract: 1;
  hash: string;
  connector: { code: string; title: string; version: string; odoo: string };
  source: SourceRule;
  events: Record<string, EventRule>;
  reads: Record<string, ScheduledRead>;
  flows: Record<string, { inputs: Record<string, FlowInput> }>;
  /** Null: nothing of Odoo is written to the product. */
  writes: Writes | null;
}
