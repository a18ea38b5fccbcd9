import { PermanentError } from '../errors.ts';
import { digitsOf, exactNumber } from './exact-json.ts';
import { resolvePath, type Scopes } from './paths.ts';

/** A value that stands for nothing: its key is left out. */
const ABSENT = Symbol('absent');

/** A body made from its template, and which values went into it. */
export interface Filled {
  body: unknown;
  values: ReadonlySet<string>;
}

/**
 * A leaf that is one path becomes the value there, with its JSON type; a text with paths in it becomes text. What is absent is left
 * out with its key, and so is an object of which nothing is left.
 */
export function fillBody(template: unknown, scopes: Scopes): Filled {
  const values = new Set<string>();
  const body = fillNode(template, scopes, values);
  return { body: body === ABSENT ? {} : body, values };
}

function fillNode(node: unknown, scopes: Scopes, values: Set<string>): unknown {
  if (typeof node === 'string') return fillLeaf(node, scopes, values);
  if (Array.isArray(node))
    return node.map((item) => fillNode(item, scopes, values)).filter((item) => item !== ABSENT);
  if (node === null || typeof node !== 'object') return node;
  const entries = Object.entries(node);
  const filled = entries
    .map(([key, item]) => [key, fillNode(item, scopes, values)] as const)
    .filter(([, item]) => item !== ABSENT);
  return filled.length === 0 && entries.length > 0 ? ABSENT : Object.fromEntries(filled);
}

const WHOLE = /^\{([^{}|]+)(\|number)?\}$/;

function fillLeaf(leaf: string, scopes: Scopes, values: Set<string>): unknown {
  const [, path, asNumber] = WHOLE.exec(leaf) ?? [];
  const found = path === undefined ? fillText(leaf, scopes) : resolvePath(path, scopes);
  const value = asNumber === undefined ? found : numberOf(leaf, found);
  if (value === null && path === undefined) return ABSENT;
  if (value === undefined) return ABSENT;
  for (const match of leaf.matchAll(/\{value\.([^{}|.]+)/g)) values.add(match[1] ?? '');
  return value;
}

/** Ids are texts for us; a product may want its numbers. */
function numberOf(leaf: string, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (/^(0|[1-9]\d{0,30})$/.test(text)) return exactNumber(text);
  throw new PermanentError('value_not_whole', `${leaf}: a whole number was expected`);
}

type Encode = (text: string) => string;

const FILTERS: Readonly<Record<string, Encode>> = {
  /** Inside '…' of an OData expression. */
  odata: (text) => text.replaceAll("'", "''"),
  /** Inside "…". */
  quoted: (text) => text.replaceAll(/["\\]/g, '\\$&'),
  strip_zeros: (text) => (/^\d+$/.test(text) ? text.replace(/^0+(?=\d)/, '') : text),
  trim: (text) => text.trim(),
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
};

/** The text with its paths and filters (`{message.reference|odata}`) filled; null when one is missing or no scalar. */
export function fillText(template: string, scopes: Scopes, encode: Encode = String): string | null {
  const pieces = template.split(/\{([^{}]+)\}/);
  for (let index = 1; index < pieces.length; index += 2) {
    const [path = '', ...filters] = (pieces[index] ?? '').split('|');
    const found = resolvePath(path, scopes);
    const value = digitsOf(found) ?? found;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
    pieces[index] = encode(
      filters.reduce((text, filter) => FILTERS[filter]?.(text) ?? filtered(text, filter), String(value)),
    );
  }
  return pieces.join('');
}

function filtered(text: string, filter: string): string {
  const [name = '', mark = ''] = filter.split('=');
  const at = name === 'after' ? text.lastIndexOf(mark) : text.indexOf(mark);
  if (mark === '' || at < 0) return text;
  if (name === 'after') return text.slice(at + mark.length);
  return name === 'before' ? text.slice(0, at) : text;
}

/** As `fillText`; throws PermanentError when a value is missing. */
export function fillAll(template: string, scopes: Scopes, encode?: Encode): string {
  const text = fillText(template, scopes, encode);
  if (text === null) throw new PermanentError('write_value_missing', `${template}: a value is missing`);
  return text;
}

export function fillTexts(texts: Readonly<Record<string, string>>, scopes: Scopes): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fillAll(text, scopes)]));
}

/** The first template that resolves; null when none does, or to nothing. */
export function firstText(templates: readonly string[], scopes: Scopes): string | null {
  for (const template of templates) {
    const text = fillText(template, scopes);
    if (text !== null && text !== '') return text;
  }
  return null;
}

/** Puts a body into what stands around it. */
export function wrap(body: unknown, steps: readonly string[]): unknown {
  return steps.reduceRight<unknown>((inner, step) => (step === '[]' ? [inner] : { [step]: inner }), body);
}
