import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';

import type { Code } from '../errors.ts';
import { findTooDeep } from './depth.ts';
import { locator } from './locate.ts';
import { Report } from './report.ts';
import type { Place } from './report.ts';
import { findSecrets } from './secrets.ts';
import { reportYamlProblems } from './yaml-problems.ts';

export const MAX_BYTES = 2 * 1024 * 1024;
/** The searches in a line take time that grows with its square. */
const MAX_LINE = 4000;
const MAX_DEPTH = 24;
const FORBIDDEN_KEYS = new Set(['__proto__', 'prototype', 'constructor']);

type Doc = Document.Parsed;

/** A spec as read: plain data, and a report that can point into the file. */
export interface Loaded {
  readonly report: Report;
  /** Left out when the file is no readable YAML. */
  readonly data?: unknown;
}

/** Reads YAML 1.2 (core schema). Refuses what a spec never needs: aliases, tags, huge or deep files, secrets. */
export function load(text: string, file: string): Loaded {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES)
    return refuse(file, 'file-too-large', `${String(bytes)} bytes`, `at most ${String(MAX_BYTES)} bytes`);
  const long = text.split('\n').findIndex((line) => line.length > MAX_LINE);
  if (long >= 0)
    return refuse(
      file,
      'file-too-large',
      'a very long line',
      `at most ${String(MAX_LINE)} letters in a line`,
      { line: long + 1, column: 1 },
    );
  if (text.includes('\uFFFD') || text.includes('\0'))
    return refuse(file, 'file-encoding', 'bytes that are no text', 'UTF-8 text');
  const deep = findTooDeep(text);
  if (deep !== undefined)
    return refuse(file, 'yaml-too-deep', 'nesting without end', `at most ${String(MAX_DEPTH)} levels`, deep);
  const counter = new LineCounter();
  const doc = parse(text, counter);
  const report = new Report(
    file,
    locator(doc.contents, (offset) => at(counter, offset)),
  );
  reportYamlProblems(doc, counter, report);
  reportSecrets(text, report);
  if (doc.errors.length > 0) return { report };
  const sound = checkNodes(doc, counter, report);
  return sound ? { report, data: doc.toJS({ maxAliasCount: 0 }) as unknown } : { report };
}

function parse(text: string, lineCounter: LineCounter): Doc {
  return parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    merge: false,
    prettyErrors: false,
    lineCounter,
    logLevel: 'error', // 'silent' would drop a second document without a word
  });
}

function refuse(
  file: string,
  code: 'file-too-large' | 'file-encoding' | 'yaml-too-deep',
  found: string,
  expected: string,
  place: Place = { line: 1, column: 1 },
): Loaded {
  const report = new Report(file, () => place);
  report.add(code, [], { found, expected });
  return { report };
}

function reportSecrets(text: string, report: Report): void {
  for (const [index, line] of text.split('\n').entries()) {
    for (const secret of findSecrets(line)) {
      const place = { line: index + 1, column: secret.index + 1 };
      report.addAt('secret-in-spec', place, {
        where: '',
        found: `what looks like ${secret.what}`,
        expected: 'no secret',
      });
    }
  }
}

/** Looks at every node for what plain data cannot show any more. Returns whether the data can be read safely. */
function checkNodes(doc: Doc, counter: LineCounter, report: Report): boolean {
  let sound = true;
  const known = doc.warnings.every(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const refuse = (code: Code, node: unknown, found: string, expected: string): void => {
    const place = at(counter, (node as Node | null)?.range?.[0] ?? 0);
    report.addAt(code, place, { where: '', found, expected });
    sound = false;
  };
  const look = (node: unknown, depth: number): void => {
    if (isAlias(node)) refuse('yaml-alias', node, `*${node.source}`, 'the value itself');
    if (isAlias(node) || !isNode(node)) return;
    if (node.anchor) refuse('yaml-alias', node, `&${node.anchor}`, 'no anchor');
    // one that the parser does not know was reported by it; one that it knows makes bytes, or another type than is read
    if (node.tag !== undefined && known) refuse('yaml-tag', node, node.tag, 'a value without a tag');
    if (depth > MAX_DEPTH) {
      refuse('yaml-too-deep', node, `${String(depth)} levels`, `at most ${String(MAX_DEPTH)} levels`);
      return;
    }
    if (isSeq(node)) for (const item of node.items) look(item, depth + 1);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      lookAtKey(key, refuse);
      look(key, depth + 1);
      look(value, depth + 1);
    }
  };
  look(doc.contents, 0);
  return sound;
}

function lookAtKey(
  key: unknown,
  refuse: (code: Code, node: unknown, found: string, expected: string) => void,
): void {
  if (!isScalar(key) || typeof key.value !== 'string')
    refuse('yaml-key-not-text', key, 'a key that is no text', 'text');
  else if (FORBIDDEN_KEYS.has(key.value))
    refuse('yaml-key-forbidden', key, key.value, 'a name that JavaScript gives no meaning');
}

function at(counter: LineCounter, position: number): Place {
  const { line, col } = counter.linePos(position);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
