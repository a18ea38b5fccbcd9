/** Leaf: what the generator tells its user. Codes are stable; texts are not. */

/** Every code a spec can be refused with, and what to do about it in general. */
export const REMEDIES = {
  'file-too-large': 'split the spec: one file describes one product',
  'file-encoding': 'save the file as UTF-8',
  'yaml-syntax': 'correct the YAML at this place',
  'yaml-duplicate-key': 'keep one of the two, or rename one',
  'yaml-alias': 'write the value out; anchors and aliases are not part of the spec language',
  'yaml-tag': 'remove the tag; only plain YAML values are read',
  'yaml-too-deep': 'write it flatter',
  'yaml-key-not-text': 'put the key in quotes',
  'yaml-key-forbidden': 'use another name',
  'secret-in-spec':
    'take it out and change it at its source: a spec is committed, secrets live in the environment or a vault',
  'schema-type': 'give a value of the expected type',
  'schema-unknown-key': 'remove the key or correct its spelling',
  'schema-missing-key': 'add the key',
  'schema-enum': 'use one of the listed values',
  'schema-format': 'write it in the expected form',
  'schema-range': 'bring it into the expected range',
  'name-reserved': 'use another name',
  'name-too-long': 'use a shorter name',
  'name-duplicate': 'rename one of the two',
  'number-not-integer':
    'write it as text; a contract holds whole numbers only, so that every reader hashes it alike',
  'retention-order': 'raise rows, or lower payload',
  'duration-invalid': 'write a whole number and a unit, for example 15m',
  'path-syntax': 'write scope.name.name',
  'path-scope': 'use a scope that exists at this place',
  'template-syntax': 'write {scope.name} with matching braces',
  'filter-unknown': 'use one of the filters',
  'format-invalid': 'use one of the formats, or a pattern of its letters with year, month and day',
  'number-format-invalid': 'name the marks of a number and a factor above 0',
  'condition-invalid': 'use a test that is known at this place',
  'condition-never': 'correct one of them, or split the input: conditions of one list all have to hold',
  'lines-invalid': 'say where the list stands, what is left of it, and what stands in it',
  'snapshot-open': 'say with `unlisted` what a part means that the snapshot does not list',
  'version-mixed': 'compare the versions of one flow in one way',
  'record-contradiction': 'let the side of record win a conflict, or a person review it',
  'amount-bare': 'map currency and tax beside an amount: neither is guessed',
  'fetch-unknown': 'name a fetch of one of the events concerned, or add the fetch',
  'write-missing': 'say with `direction: both` and `out:` what is written and by which calls',
  'write-no-key': 'write our own key into a field of the product and search by it, or say why that cannot be',
  'write-no-id': 'say where the answer holds it',
  'write-map-ambiguous': 'write the map out: each canonical word with the one value that is written',
  'value-unknown': 'use a name that exists at this place',
  'value-unused': 'write it in a call, or remove it',
  'event-unknown': 'use the name of an event or a read',
  'event-unused': 'list the event in the `on:` of an input, or remove it',
  'source-key-missing': 'add what this profile, style or source needs',
  'source-key-unused': 'remove the key, or use the profile, style or source that takes it',
  'size-invalid': 'write a whole number and KB or MB, for example 4MB',
  'verify-weak': 'sign the body, or say under `weak:` why the deliveries are taken all the same',
  'verify-timestamp': 'say what is true: whether the signature covers the timestamp',
  'verify-once':
    'let the signature cover token and timestamp, and keep the token as long as a copy could pass',
  'budget-small': 'read less for the event, or say how many calls the product really takes',
  'drop-used': 'map another path, or do not drop this one',
  'role-invalid': 'use a role of this kind',
  'input-key-missing': 'say which path holds the record id',
  'input-key-unused': 'remove the key',
  'input-lines-invalid': 'use lines where a role takes them, and give each posted line a key',
  'post-twice':
    'let exactly one input of a kind post or converge and the others check: what reaches us two ways is posted once',
  'check-without-post': 'add an input that posts, or remove the check',
  'field-unknown': 'use a field of the kind',
  'field-missing': 'map the field: a record cannot be created without it',
  'field-misplaced': 'map the fields where they are used',
  'field-source': 'give exactly one source',
  'field-key-invalid': 'remove the key',
  'field-key-missing': 'add the key',
  'enum-value-unknown': 'use a value of the enumeration',
  'flow-key-invalid': 'remove the key',
  'match-unknown': 'match by a field that this flow maps, or by plant',
  'plant-step-invalid': 'give one kind of step, and the steps that always answer last',
  'translation-missing': 'translate the text',
  'translation-unknown': 'translate a title of the spec',
  'odoo-field-unknown': 'name a field that the record has, or add one with `field:`',
  'odoo-field-taken': 'map the canonical field that fills it',
  'odoo-field-readonly': 'name a field that can be written',
  'odoo-field-type': 'name a field of another type, or add one with `field:`',
  'odoo-field-missing': 'map it, or give it a default in Odoo',
  'sample-missing': 'save the sample beside the spec, or take it off the list',
  'sample-unknown': 'use a name that the spec has at this place',
  'sample-gap': 'add a sample that shows it, so that its generated test covers the whole mapping',
  'version-not-raised': 'raise the version: what was released is never changed',
  'kind-changed':
    'keep the kind; for another one start a flow of another name: the rows of this one are bound to other records',
  'rename-unknown': 'name what the last release calls it, or leave `renamed_from:` out',
  'rename-in-use': 'let one name become one other; swap names over two releases',
  'personal-untagged':
    'list the path under `personal:`, by what it is, or under `none` when it names no person',
} as const;

export type Code = keyof typeof REMEDIES;

/** One thing that is wrong with a spec, and where. Lines and columns count from 1. */
export interface Problem {
  readonly code: Code;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Dotted place in the spec, `flows.asset.fields.name`. */
  readonly where: string;
  readonly found: string;
  readonly expected: string;
  /** The valid name that is nearest to what was found. */
  readonly nearest?: string;
  readonly hint: string;
}

/** A spec that cannot be used; holds every problem, sorted by place. */
export class SpecError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`${String(problems.length)} problem(s) in the spec`);
    this.name = 'SpecError';
    this.problems = problems;
  }
}

export type OutputCode =
  | 'output-edited'
  | 'output-foreign'
  | 'output-manifest'
  | 'output-path'
  | 'lock-broken'
  | 'lock-foreign'
  | 'lock-stale'
  | 'contract-broken';

/** The output folder or the lock is not in a state the generator may go on from. */
export class OutputError extends Error {
  readonly code: OutputCode;
  readonly paths: readonly string[];
  readonly hint: string;

  constructor(code: OutputCode, message: string, paths: readonly string[], hint: string) {
    super(message);
    this.name = 'OutputError';
    this.code = code;
    this.paths = paths;
    this.hint = hint;
  }
}
