import type { Fetch, Source } from './source-types.ts';
import type { Out } from './write-types.ts';

export type { Fetch, Page, ReadSpec, Source } from './source-types.ts';

/** The spec as the schema admits it: the shapes of the YAML, before any default is filled in. */
export type Literal = string | number | boolean;
export type OneOrMany<T> = T | readonly T[];

export interface Spec {
  readonly $schema?: string;
  readonly millwright: 1;
  readonly connector: Connector;
  readonly source: Source;
  readonly personal?: Readonly<Record<string, OneOrMany<string>>>;
  readonly translations?: Translations;
  /** Paths of sample files, from the spec's folder. */
  readonly samples?: readonly string[];
  readonly flows: Readonly<Record<string, Flow>>;
}

/** By language, a title to its translation. */
export type Translations = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Connector {
  readonly code: string;
  readonly title: string;
  readonly version: string;
  readonly odoo: string;
}

export interface EventSpec {
  readonly subject: OneOrMany<string>;
  readonly time: OneOrMany<string>;
  readonly identity: readonly string[];
  readonly required: Readonly<Record<string, string>>;
  readonly fetch?: readonly Fetch[];
}

export interface Condition {
  readonly path: string;
  readonly equals?: Literal;
  readonly in?: readonly Literal[];
  readonly present?: boolean;
  readonly equals_path?: string;
  readonly not_in?: readonly Literal[];
  readonly contains?: Literal;
  readonly above?: number;
  readonly below?: number;
}

export interface PlantStep {
  readonly cross_reference?: 'plant';
  readonly from?: OneOrMany<string>;
  readonly work_order?: OneOrMany<string>;
  readonly only?: true;
}

export interface Flow {
  readonly title: string;
  readonly renamed_from?: string;
  readonly kind: string;
  readonly lane: Lane;
  readonly delay_budget: string;
  readonly retention?: Retention;
  readonly system_of_record?: string;
  readonly on_conflict?: string;
  readonly shortage?: string;
  readonly on_dead?: 'continue' | 'block';
  readonly delete?: string;
  readonly match?: readonly (readonly string[])[];
  readonly empty_match_key?: string;
  readonly ambiguous_match?: string;
  readonly plant: readonly PlantStep[];
  readonly direction?: 'in' | 'both';
  readonly out?: Out;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly fields?: Readonly<Record<string, FieldMapping>>;
  readonly columns?: Readonly<Record<string, Column>>;
}

/** How long finished messages are kept. */
export interface Retention {
  readonly payload?: string;
  readonly rows?: string;
}

export type Lane = 'critical' | 'standard' | 'batch';
export type Role = 'apply' | 'delete' | 'post' | 'check' | 'converge';

export interface Input {
  readonly role: Role;
  readonly on: readonly string[];
  readonly when?: readonly Condition[];
  readonly otherwise?: 'ignore' | 'hold';
  readonly record?: OneOrMany<string>;
  readonly lines?: OneOrMany<string> | Lines;
  readonly unlisted?: string;
  readonly merge?: boolean;
  readonly line_key?: OneOrMany<string>;
  readonly key?: OneOrMany<string>;
  readonly version: OneOrMany<string> | Version;
  readonly occurred_at: OneOrMany<string> | Instant;
  readonly archive_when?: readonly Condition[];
  readonly fields?: Readonly<Record<string, FieldMapping>>;
}

/** A list of a message, what is left of it and what stands in its elements. */
export interface Lines {
  readonly path?: OneOrMany<string>;
  readonly zip?: Readonly<Record<string, OneOrMany<string>>>;
  readonly where?: readonly Condition[];
  readonly then?: OneOrMany<string> | Lines;
  readonly net?: { readonly by: OneOrMany<string>; readonly sum: string };
}

export interface Instant {
  readonly from?: OneOrMany<string>;
  readonly format?: string;
  readonly time_zone?: string;
}

export interface Version extends Instant {
  readonly order?: string;
}

export interface NumberFormat {
  readonly decimal?: string;
  readonly group?: string;
  readonly exponent?: boolean;
  readonly factor?: string;
}

export interface Between {
  readonly start: OneOrMany<string>;
  readonly end: OneOrMany<string>;
  readonly open?: string;
  readonly format?: string;
  readonly time_zone?: string;
}

export interface SignBy {
  readonly by: OneOrMany<string>;
  readonly out: readonly string[];
  readonly in: readonly string[];
}

/** A field that the connector adds to the Odoo record. */
export interface AddedField {
  readonly type: OwnFieldType;
  readonly title: string;
  readonly help?: string;
  /** Of a selection: each value with its label. */
  readonly values?: Readonly<Record<string, string>>;
  readonly renamed_from?: string;
}

export type OwnFieldType = ColumnType | 'selection';

export interface FieldMapping {
  readonly field?: AddedField;
  readonly to?: string;
  readonly from?: OneOrMany<string>;
  readonly join?: string;
  readonly sum?: OneOrMany<string>;
  readonly between?: Between;
  readonly level?: { readonly from: OneOrMany<string>; readonly to: OneOrMany<string> };
  readonly clean?: readonly string[];
  readonly look_up?: { readonly in: OneOrMany<string>; readonly match: string; readonly take: string };
  readonly number?: NumberFormat;
  readonly format?: string;
  readonly time?: { readonly from: OneOrMany<string>; readonly format?: string };
  readonly default?: Literal;
  readonly fold?: boolean;
  readonly tokens?: boolean;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly system_of_record?: string;
  readonly on_conflict?: string;
  readonly value?: Literal;
  readonly required?: boolean;
  readonly absent?: string;
  readonly null?: string;
  readonly empty?: string;
  readonly zero?: string;
  readonly map?: Readonly<Record<string, string>>;
  readonly else?: string;
  readonly present?: string;
  readonly otherwise?: string;
  readonly by?: string;
  readonly missing?: string;
  readonly name?: OneOrMany<string>;
  readonly sign?: string | SignBy;
  readonly unit?: string;
  readonly assume?: string;
  readonly time_zone?: string;
  readonly currency?: string | { readonly from: OneOrMany<string>; readonly only: string };
}

export interface Column {
  readonly renamed_from?: string;
  readonly from: OneOrMany<string>;
  readonly type: ColumnType;
  readonly title: string;
  readonly format?: string;
  readonly clean?: readonly string[];
  readonly time_zone?: string;
}

export type ColumnType = 'text' | 'integer' | 'decimal' | 'boolean' | 'datetime' | 'date';

/** One value or a list of them, as a list. */
export function asList<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The long form of what may be a path, a list of paths, or an object with more to say. */
export function asParts<T extends object>(
  value: OneOrMany<string> | T | undefined,
  key: keyof T,
): T | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' || Array.isArray(value)) return { [key]: value } as unknown as T;
  return value as T;
}
