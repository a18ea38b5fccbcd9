import type { Handshake, Scheme } from '../contract.ts';
import { fillTemplate, resolvePath, type Scopes } from './paths.ts';
import { headerOf, type CallbackRequest } from './request.ts';
import { readSignatures } from './signature.ts';

/** What a question of the sender is answered with, at once and without storing anything. */
export interface HandshakeReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const MAX_TEXT = 2_000;
const HEADER_TEXT = /^[\t\x20-\x7e]*$/;

/** Whether one is asked before the body is read, or at all. */
export function asks(handshake: Handshake, request: CallbackRequest, payload: unknown): boolean {
  const { method, header, path, query, equals } = handshake.when;
  if (method !== undefined && method !== request.method) return false;
  const said: (string | null | undefined)[] = [];
  if (header !== undefined) said.push(headerOf(request, header));
  if (query !== undefined) said.push(request.query.get(query));
  if (path !== undefined) said.push(textOf(resolvePath(path, { event: payload, fetched: {} })));
  return said.every(
    (text) => text !== null && text !== undefined && (equals === undefined || text === equals),
  );
}

/** Null when a value that the answer needs is not there: that was no such question. */
export function answerHandshake(
  handshake: Handshake,
  request: CallbackRequest,
  payload: unknown,
  schemes: readonly Scheme[],
): HandshakeReply | null {
  const { status, headers, json, text } = handshake.reply;
  const scopes: Scopes = { event: payload, fetched: {}, ...saidBy(request, schemes) };
  const filled = Object.entries(headers).map(([name, value]) => [name, fill(value, scopes)] as const);
  const body = json === null ? (text === null ? '' : fill(text, scopes)) : fillTree(json, scopes);
  if (body === null || filled.some(([, value]) => value === null || !HEADER_TEXT.test(value))) return null;
  const type = json === null ? 'text/plain; charset=utf-8' : 'application/json';
  return {
    status,
    headers: {
      'x-content-type-options': 'nosniff',
      ...(body === '' ? {} : { 'content-type': type }),
      ...(Object.fromEntries(filled) as Record<string, string>),
    },
    body,
  };
}

function saidBy(request: CallbackRequest, schemes: readonly Scheme[]): Partial<Scopes> {
  const rule = schemes.find((scheme) => 'signature' in scheme);
  const first = rule && readSignatures(rule.signature, headerOf(request, rule.signature.header)).texts[0];
  return {
    header: request.headers,
    query: Object.fromEntries(request.query),
    signature: first === undefined ? {} : { first },
  };
}

function fillTree(json: Record<string, unknown>, scopes: Scopes): string | null {
  const missing: string[] = [];
  const body = JSON.stringify(json, (_key, value: unknown) => {
    if (typeof value !== 'string') return value;
    const text = fill(value, scopes);
    if (text === null) missing.push(value);
    return text;
  });
  return missing.length > 0 ? null : body;
}

function fill(template: string, scopes: Scopes): string | null {
  const text = fillTemplate(template, scopes);
  return text === null || text.length > MAX_TEXT ? null : text;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
