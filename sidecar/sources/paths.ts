import type { Condition } from '../contract.ts';

/** What paths look into (docs/architecture.md §2). The sidecar knows what a delivery says: the mapping runs in Odoo. */
export interface Scopes {
  event: unknown;
  fetched: Record<string, unknown>;
  /** Attributes of a CloudEvent. */
  ce?: unknown;
  /** What stands around the records of a delivery with several. */
  batch?: unknown;
  header?: unknown;
  query?: unknown;
  signature?: unknown;
  /* What is there when a record of Odoo is written to the product: */
  message?: unknown;
  value?: unknown;
  /** The parts of the external id. */
  external?: unknown;
  /** Answers of the calls before, by their names. */
  answer?: unknown;
  /** The answer that is being judged. */
  body?: unknown;
  /** What a search found. */
  item?: unknown;
}

const SCOPES = new Set<string>([
  ...['event', 'fetched', 'ce', 'batch', 'header', 'query', 'signature'],
  ...['message', 'value', 'external', 'answer', 'body', 'item'],
]);

/** Split paths, kept: contracts have few, callbacks come by the thousand. */
const splitPaths = new Map<string, readonly string[]>();

function stepsOf(path: string): readonly string[] {
  let steps = splitPaths.get(path);
  if (steps === undefined) splitPaths.set(path, (steps = path.split('.')));
  return steps;
}

/** Undefined when the path leads nowhere. Only own properties count: a payload cannot reach a prototype. */
export function resolvePath(path: string, scopes: Scopes): unknown {
  const steps = stepsOf(path);
  const [scope = ''] = steps;
  let value: unknown = SCOPES.has(scope) ? scopes[scope as keyof Scopes] : undefined;
  for (let index = 1; index < steps.length; index += 1) {
    const step = steps[index] ?? '';
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The first path of the list that is present and not null. */
export function firstPresent(paths: readonly string[], scopes: Scopes): unknown {
  for (const path of paths) {
    const value = resolvePath(path, scopes);
    if (isPresent(value)) return value;
  }
  return undefined;
}

/** All conditions hold together; an empty list holds. */
export function holds(conditions: readonly Condition[], scopes: Scopes): boolean {
  return conditions.every((condition) => holdsOne(condition, scopes));
}

function holdsOne(condition: Condition, scopes: Scopes): boolean {
  const value = resolvePath(condition.path, scopes);
  if (condition.present !== undefined) return isPresent(value) === condition.present;
  if (condition.equals_path !== undefined) {
    return isPresent(value) && value === resolvePath(condition.equals_path, scopes);
  }
  if (condition.in !== undefined) return condition.in.includes(value);
  return 'equals' in condition && value === condition.equals;
}

/** Null when one of the paths is missing or is no scalar. */
export function fillTemplate(
  template: string,
  scopes: Scopes,
  encode: (text: string) => string = String,
): string | null {
  const pieces = template.split(/\{([^{}]+)\}/); // text and paths by turns
  for (let index = 1; index < pieces.length; index += 2) {
    const value = resolvePath(pieces[index] ?? '', scopes);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
    pieces[index] = encode(String(value));
  }
  return pieces.join('');
}

/** The first template of the list that resolves. */
export function firstTemplate(templates: readonly string[], scopes: Scopes): string | null {
  for (const template of templates) {
    const text = fillTemplate(template, scopes);
    if (text !== null) return text;
  }
  return null;
}
