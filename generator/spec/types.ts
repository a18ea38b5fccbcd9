/** The spec as the schema admits it: the shapes of the YAML, before any default is filled in. */
export type Literal = string | number | boolean;
export type OneOrMany<T> = T | readonly T[];

export interface Spec {
  readonly $schema?: string;
  readonly millwright: 1;
  readonly connector: Connector;
  readonly source: Source;
  readonly personal?: Readonly<Record<string, OneOrMany<string>>>;
  readonly flows: Readonly<Record<string, Flow>>;
}

export interface Connector {
  readonly code: string;
  readonly title: string;
  readonly version: string;
  readonly odoo: string;
}

export interface Source {
  readonly verify: Verify;
  readonly event_name: { readonly header: string };
  readonly read?: { readonly auth: { readonly profile: 'header'; readonly header: string } };
  readonly events: Readonly<Record<string, EventSpec>>;
  readonly reads?: Readonly<Record<string, ReadSpec>>;
}

export interface Verify {
  readonly profile: 'hmac';
  readonly algorithm: string;
  readonly header: string;
  readonly encoding: string;
  readonly key?: string;
  readonly signs: readonly string[];
  readonly timestamp?: string;
}

export interface EventSpec {
  readonly subject: OneOrMany<string>;
  readonly time: OneOrMany<string>;
  readonly identity: readonly string[];
  readonly required: Readonly<Record<string, string>>;
  readonly fetch?: readonly Fetch[];
}

export interface Fetch {
  readonly as: string;
  readonly get: string;
  readonly unless?: OneOrMany<string>;
  readonly when?: readonly Condition[];
  readonly until?: readonly Condition[];
  readonly missing?: 'retry' | 'hold' | 'skip';
}

export interface ReadSpec extends EventSpec {
  readonly every: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly page?: Page;
}

export interface Page {
  readonly style: 'number';
  readonly field: string;
  readonly size_field: string;
  readonly size: number;
  readonly first?: number;
  readonly items: OneOrMany<string>;
  readonly last?: OneOrMany<string>;
}

export interface Condition {
  readonly path: string;
  readonly equals?: Literal;
  readonly in?: readonly Literal[];
  readonly present?: boolean;
  readonly equals_path?: string;
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
  readonly system_of_record?: string;
  readonly shortage?: string;
  readonly delete?: string;
  readonly match?: readonly (readonly string[])[];
  readonly empty_match_key?: string;
  readonly ambiguous_match?: string;
  readonly plant: readonly PlantStep[];
  readonly inputs: Readonly<Record<string, Input>>;
  readonly fields?: Readonly<Record<string, FieldMapping>>;
  readonly columns?: Readonly<Record<string, Column>>;
}

export type Lane = 'critical' | 'standard' | 'batch';
export type Role = 'apply' | 'delete' | 'post' | 'check';

export interface Input {
  readonly role: Role;
  readonly on: readonly string[];
  readonly when?: readonly Condition[];
  readonly otherwise?: 'ignore' | 'hold';
  readonly record?: OneOrMany<string>;
  readonly lines?: OneOrMany<string>;
  readonly line_key?: OneOrMany<string>;
  readonly key?: OneOrMany<string>;
  readonly version: OneOrMany<string>;
  readonly occurred_at: OneOrMany<string>;
  readonly archive_when?: readonly Condition[];
  readonly fields?: Readonly<Record<string, FieldMapping>>;
}

export interface FieldMapping {
  readonly from?: OneOrMany<string>;
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
  readonly sign?: string;
  readonly unit?: string;
  readonly assume?: string;
  readonly time_zone?: string;
  readonly currency?: string;
}

export interface Column {
  readonly renamed_from?: string;
  readonly from: OneOrMany<string>;
  readonly type: ColumnType;
  readonly title: string;
  readonly time_zone?: string;
}

export type ColumnType = 'text' | 'integer' | 'decimal' | 'boolean' | 'datetime' | 'date';

/** One value or a list of them, as a list. */
export function asList<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
