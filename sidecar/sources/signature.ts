import type { SignatureRule } from '../contract.ts';

/** The signatures of one header, and the other values it carries. */
export interface SignatureHeader {
  /** As written, in their order, without the prefix. */
  texts: string[];
  values: ReadonlyMap<string, string>;
}

/** A sender has few keys under rotation; more than this is somebody who wants us to compute. */
const MAX_SIGNATURES = 8;

const NONE: SignatureHeader = { texts: [], values: new Map() };

/** What the header says by the rule's layout; unknown names are passed over. */
export function readSignatures(rule: SignatureRule, header: string | null): SignatureHeader {
  if (header === null) return NONE;
  if (rule.layout === 'bare') return { texts: cut(rule, [header]), values: NONE.values };
  const items = header.split(rule.separator).map((item) => item.trim());
  if (rule.layout === 'list') return { texts: cut(rule, items), values: NONE.values };
  const texts: string[] = [];
  const values = new Map<string, string>();
  for (const item of items) {
    const at = item.indexOf(rule.assign);
    if (at < 1) continue;
    const name = item.slice(0, at);
    const value = item.slice(at + rule.assign.length);
    if (name === rule.name) texts.push(value);
    else if (!values.has(name)) values.set(name, value);
  }
  return { texts: cut(rule, texts), values };
}

function cut({ prefix }: SignatureRule, texts: readonly string[]): string[] {
  const few = texts.slice(0, MAX_SIGNATURES);
  if (prefix === null) return few;
  return few.filter((text) => text.startsWith(prefix)).map((text) => text.slice(prefix.length));
}

/** Strict: Buffer.from skips what it does not know, so the text must come out of the bytes again. */
export function decodeSignature(text: string, encoding: 'hex' | 'base64', length: number): Buffer | null {
  const bytes = Buffer.from(text, encoding);
  if (bytes.length !== length) return null;
  const same = encoding === 'hex' ? text.toLowerCase() : text;
  return bytes.toString(encoding) === same ? bytes : null;
}
