import type { Condition, EventSpec, OneOrMany } from './types.ts';
import type { WriteAccess } from './write-types.ts';

/* How a product's deliveries reach us and how it is read: the shapes of the YAML below `source`. */

type Texts = Readonly<Record<string, string>>;

export interface Source {
  readonly accept?: Accept;
  readonly verify: OneOrMany<Scheme>;
  readonly event_name: OneOrMany<EventName>;
  readonly handshakes?: readonly Handshake[];
  readonly records?: OneOrMany<string>;
  readonly drop?: OneOrMany<string>;
  readonly read?: ReadAccess;
  readonly write?: WriteAccess;
  readonly events: Readonly<Record<string, EventSpec>>;
  readonly reads?: Readonly<Record<string, ReadSpec>>;
}

export interface Accept {
  readonly methods?: readonly string[];
  readonly format?: 'json' | 'cloudevents';
  readonly max_body?: string;
  readonly answers?: Readonly<Record<string, number>>;
}

export interface Scheme {
  readonly profile: string;
  readonly algorithm?: string;
  readonly header?: string;
  readonly encoding?: string;
  readonly key?: string | { readonly derive?: string; readonly cut_prefix?: string };
  readonly signs?: readonly string[];
  readonly message?: readonly (string | MessagePart)[];
  readonly signature?: Signature;
  readonly timestamp?: string | Timestamp;
  readonly once?: { readonly header: string; readonly keep: string };
  readonly segment?: number;
  readonly algorithms?: readonly string[];
  readonly tolerance?: string;
  readonly networks?: readonly string[];
  readonly secret?: string;
  readonly weak?: string;
}

export interface MessagePart {
  readonly header?: string;
  readonly signature?: string;
  readonly text?: string;
}

export interface Signature {
  readonly header: string;
  readonly layout?: string;
  readonly prefix?: string;
  readonly name?: string;
  readonly separator?: string;
  readonly assign?: string;
  readonly encoding: string;
}

export interface Timestamp {
  readonly header?: string;
  readonly signature?: string;
  readonly unit: string;
  readonly tolerance: string;
  readonly signed: boolean;
}

export interface EventName {
  readonly header?: string;
  readonly path?: string;
  readonly paths?: readonly string[];
  readonly join?: string;
  readonly segment?: number;
  readonly query?: string;
  readonly present?: Texts;
  readonly ce?: string;
  readonly constant?: string;
  readonly map?: Texts;
}

export interface Handshake {
  readonly when: {
    readonly method?: string;
    readonly header?: string;
    readonly path?: string;
    readonly query?: string;
    readonly equals?: string;
  };
  readonly unverified?: boolean;
  readonly reply: {
    readonly status?: number;
    readonly headers?: Texts;
    readonly json?: Readonly<Record<string, unknown>>;
    readonly text?: string;
  };
}

export interface ReadAccess {
  readonly auth: Auth;
  readonly headers?: Texts;
  readonly user_agent?: string;
  readonly limits?: Limits;
}

export interface Auth {
  readonly profile: string;
  readonly header?: string;
  readonly token_path?: string;
  readonly scope?: string;
  readonly client_in?: string;
  readonly login_path?: string;
  readonly user_field?: string;
  readonly password_field?: string;
  readonly token?: OneOrMany<string>;
  readonly expires?: OneOrMany<string>;
  readonly lifetime?: string;
  readonly prefix?: string;
  readonly algorithm?: string;
  readonly query?: Texts;
  readonly message?: readonly (string | { readonly text: string })[];
  readonly encoding?: string;
}

export interface Limits {
  readonly budget?: readonly { readonly calls: number; readonly per: string }[];
  readonly retry_after?: string;
  readonly wait?: string;
  readonly remaining?: string;
  readonly reset?: string;
  readonly reset_unit?: string;
}

interface Call {
  readonly query?: Texts;
  readonly headers?: Texts;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly page?: Page;
}

export interface Fetch extends Call {
  readonly as: string;
  readonly get?: string;
  readonly post?: string;
  readonly unless?: OneOrMany<string>;
  readonly when?: readonly Condition[];
  readonly until?: readonly Condition[];
  readonly missing?: 'retry' | 'hold' | 'skip';
}

export interface ReadSpec extends EventSpec, Call {
  readonly every: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly watermark?: Watermark;
}

export interface Watermark {
  readonly path: OneOrMany<string>;
  readonly into: { readonly query?: string; readonly body?: string };
  readonly template?: string;
  readonly format: string;
  readonly overlap: string;
  readonly start?: string;
}

export interface Page {
  readonly style: string;
  readonly field?: string;
  readonly size_field?: string;
  readonly size?: number;
  readonly first?: number;
  readonly next?: OneOrMany<string>;
  readonly items?: OneOrMany<string>;
  readonly last?: OneOrMany<string>;
}
