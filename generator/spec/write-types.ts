import type { Page } from './source-types.ts';
import type { Condition, Literal, OneOrMany } from './types.ts';

/* How a record of Odoo is written to the product: the shapes of the YAML below `out` of a flow and `source.write`. */

type Texts = Readonly<Record<string, string>>;
export type Template = Readonly<Record<string, unknown>> | readonly unknown[];

export interface WriteAccess {
  readonly token: WriteToken;
}

export interface WriteToken {
  readonly get: string;
  readonly header: string;
  readonly ask?: string;
  readonly cookies?: boolean;
  readonly refused?: readonly number[];
}

export interface Out {
  readonly assumed?: string;
  readonly external_id?: { readonly separator: string; readonly names: readonly string[] };
  readonly values: Readonly<Record<string, string | OutValue>>;
  readonly look_up?: OutLookUp;
  readonly echo: { readonly query?: Texts; readonly headers?: Texts; readonly remember?: true };
  readonly answers?: readonly OutAnswer[];
  readonly create?: readonly OutCall[];
  readonly update?: readonly OutCall[];
  readonly delete?: readonly OutCall[];
}

export interface OutValue {
  readonly field?: string;
  readonly value?: Literal;
  readonly as?: string;
  readonly map?: 'reversed' | Readonly<Record<string, Literal>>;
  readonly factor?: string;
  readonly decimals?: number;
  readonly unit?: string;
  readonly format?: string;
  readonly time_zone?: string;
  readonly inside?: string;
  readonly absent?: string;
  readonly null?: string;
  readonly always?: true;
}

export interface Capture {
  readonly external_id?: OneOrMany<string>;
  readonly version?: OneOrMany<string>;
}

export interface OutCall {
  readonly as: string;
  readonly get?: string;
  readonly post?: string;
  readonly put?: string;
  readonly patch?: string;
  readonly delete?: string;
  readonly query?: Texts;
  readonly headers?: Texts;
  readonly override?: string;
  readonly body?: Template;
  readonly wrap?: OneOrMany<string>;
  readonly partial?: true;
  readonly when?: readonly Condition[];
  readonly answers?: readonly OutAnswer[];
  readonly capture?: Capture;
}

export interface OutAnswer {
  readonly status?: readonly number[];
  readonly when?: readonly Condition[];
  readonly then: string;
  readonly code?: string;
}

export interface OutLookUp {
  readonly none?: string;
  readonly get?: string;
  readonly post?: string;
  readonly query?: Texts;
  readonly headers?: Texts;
  readonly body?: Template;
  readonly page?: Page;
  readonly items?: OneOrMany<string>;
  readonly where?: readonly Condition[];
  readonly capture?: Capture;
  readonly settle?: string;
}

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export const OPERATIONS = ['create', 'update', 'delete'] as const;

/** The long form of a value. */
export function outValue(value: string | OutValue): OutValue {
  return typeof value === 'string' ? { field: value } : value;
}
