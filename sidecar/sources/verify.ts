import { createHash, createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import { SECOND } from '../clock.ts';
import type { IssuedTokenScheme, MessagePart, Scheme, SignedScheme } from '../contract.ts';
import { isIssued, readIssuer } from './issued-token.ts';
import { headerOf, type CallbackRequest } from './request.ts';
import { decodeSignature, readSignatures, type SignatureHeader } from './signature.ts';
import { readTime } from './timestamp.ts';

declare const verified: unique symbol;
/** Raw bytes that passed every scheme: only `createVerifier` makes this type. */
export type VerifiedBody = Buffer & { readonly [verified]: true };

/** A secret with what it is for; null counts for everything. */
export interface CallbackSecret {
  text: string;
  /** The scheme that goes by it. */
  name: string | null;
  event: string | null;
  /** No longer taken from then on, in milliseconds since the epoch. */
  until: number | null;
}

/** A token that counts once: `key` is known until `expires`. */
export interface OnceToken {
  key: string;
  expires: number;
}

export interface Verified {
  body: VerifiedBody;
  tokens: OnceToken[];
  /** Whether what proved it may also speak for this event. */
  speaksFor(event: string | null): boolean;
}

/** Null: refused. `event` is its name as far as it is known before the body is read. */
export type Verifier = (request: CallbackRequest, raw: Buffer, event: string | null) => Verified | null;

interface Pass {
  /** The secrets that fitted; null when the scheme goes by none. */
  fitting: CallbackSecret[] | null;
  token: OnceToken | null;
}
type Check = (request: CallbackRequest, raw: Buffer, event: string | null, now: number) => Pass | null;

const DIGEST_BYTES = { md5: 16, sha1: 20, sha256: 32, sha512: 64 } as const;

/**
 * Checks the raw bytes and the head, before anything parses them; all schemes have to hold. Of the secrets of a scheme any may fit
 * (rotation); with none nothing is accepted. Comparisons take the same time whatever differs.
 */
export function createVerifier(
  schemes: readonly Scheme[],
  secrets: readonly CallbackSecret[],
  now: () => number,
): Verifier {
  const usable = secrets.filter(({ text }) => text.length > 0);
  const checks = schemes.map((scheme) => compile(scheme, usable));
  return (request, raw, event) => {
    const time = now();
    const passes: Pass[] = [];
    for (const check of checks) {
      const pass = check(request, raw, event, time);
      if (pass === null) return null;
      passes.push(pass);
    }
    if (passes.length === 0) return null;
    return {
      body: raw as VerifiedBody,
      tokens: passes.flatMap(({ token }) => token ?? []),
      speaksFor: (name) =>
        passes.every(({ fitting }) => fitting?.some((secret) => speaksFor(secret, name)) ?? true),
    };
  };
}

function speaksFor(secret: CallbackSecret, event: string | null): boolean {
  return secret.event === null || secret.event === event;
}

function compile(scheme: Scheme, secrets: readonly CallbackSecret[]): Check {
  if (scheme.profile === 'none') return () => ({ fitting: null, token: null });
  if (scheme.profile === 'ip_list') return addresses(scheme.networks);
  const own = secrets.filter(({ name }) => name === scheme.secret);
  if ('message' in scheme) return signed(scheme, own);
  if (scheme.profile === 'jwt') return issued(scheme, own);
  const { read, expected } = shown(scheme);
  const digests = own.map((secret) => ({ secret, digest: sha256(expected(secret.text)) }));
  return (request, _raw, event, now) => {
    const given = read(request);
    if (given === null) return null;
    const digest = sha256(given);
    return passed(
      digests
        .filter(({ secret }) => counts(secret, event, now))
        .filter((known) => timingSafeEqual(known.digest, digest))
        .map(({ secret }) => secret),
    );
  };
}

function passed(fitting: CallbackSecret[], token: OnceToken | null = null): Pass | null {
  return fitting.length === 0 ? null : { fitting, token };
}

function counts(secret: CallbackSecret, event: string | null, now: number): boolean {
  return (secret.until === null || now < secret.until) && (event === null || speaksFor(secret, event));
}

type ShownScheme = Extract<
  Scheme,
  { profile: 'basic' | 'bearer' } | { profile: 'header' } | { profile: 'path_token' }
>;

/** Where a scheme shows its secret, and how the secret then reads. */
function shown(scheme: ShownScheme): {
  read: (request: CallbackRequest) => string | null;
  expected: (secret: string) => string;
} {
  switch (scheme.profile) {
    case 'basic':
      return { read: authorization('basic'), expected: (secret) => Buffer.from(secret).toString('base64') };
    case 'bearer':
      return { read: authorization('bearer'), expected: String };
    case 'header':
      return { read: (request) => headerOf(request, scheme.header), expected: String };
    case 'path_token':
      return { read: (request) => request.segments[scheme.segment] ?? null, expected: String };
  }
}

function authorization(kind: 'basic' | 'bearer'): (request: CallbackRequest) => string | null {
  return (request) => {
    const [word, value, more] = (headerOf(request, 'authorization') ?? '').split(' ');
    return word?.toLowerCase() === kind && value && more === undefined ? value : null;
  };
}

function issued(rule: IssuedTokenScheme, secrets: readonly CallbackSecret[]): Check {
  const issuers = secrets.flatMap((secret) => {
    const issuer = readIssuer(secret.text);
    return issuer === null ? [] : [{ secret, issuer }];
  });
  const read = authorization('bearer');
  return (request, _raw, event, now) => {
    const token = read(request);
    if (token === null) return null;
    return passed(
      issuers
        .filter(({ secret, issuer }) => counts(secret, event, now) && isIssued(token, issuer, rule, now))
        .map(({ secret }) => secret),
    );
  };
}

function addresses(networks: readonly string[]): Check {
  const allowed = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) allowed.addAddress(address, family);
    else allowed.addSubnet(address, Number(bits), family);
  }
  return ({ address }) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
    return allowed.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4') ? { fitting: null, token: null } : null;
  };
}

function signed(rule: SignedScheme, secrets: readonly CallbackSecret[]): Check {
  const keys = secrets.flatMap((secret) => {
    const key = deriveKey(rule, secret.text);
    return key === null ? [] : [{ secret, key }];
  });
  const length = DIGEST_BYTES[rule.algorithm];
  const onlyBody = rule.message.length === 1 && rule.message[0] === 'body';
  return (request, raw, event, now) => {
    const header = readSignatures(rule.signature, headerOf(request, rule.signature.header));
    const given = header.texts.flatMap(
      (text) => decodeSignature(text, rule.signature.encoding, length) ?? [],
    );
    if (given.length === 0 || !inTime(rule, request, header, now)) return null;
    const fitting: CallbackSecret[] = [];
    for (const { secret, key } of keys) {
      if (!counts(secret, event, now)) continue;
      const message = onlyBody ? [raw] : messageOf(rule.message, request, header, raw, secret.text);
      if (message === null) return null;
      const expected = digestOf(rule, key, message);
      if (given.filter((signature) => timingSafeEqual(signature, expected)).length > 0) fitting.push(secret);
    }
    if (rule.once === null) return passed(fitting);
    const token = headerOf(request, rule.once.header);
    if (token === null || token === '') return null;
    return passed(fitting, {
      key: hash('sha256', token, 'hex'),
      expires: now + rule.once.keep_seconds * SECOND,
    });
  };
}

/** What stands in a message and in its header has to be there: nothing is signed as empty. */
function messageOf(
  parts: readonly MessagePart[],
  request: CallbackRequest,
  header: SignatureHeader,
  raw: Buffer,
  secret: string,
): (string | Buffer)[] | null {
  const message: (string | Buffer)[] = [];
  for (const part of parts) {
    const value = partOf(part, request, header, raw, secret);
    if (value === null) return null;
    message.push(value);
  }
  return message;
}

function partOf(
  part: MessagePart,
  request: CallbackRequest,
  header: SignatureHeader,
  raw: Buffer,
  secret: string,
): string | Buffer | null {
  if (part === 'body') return raw;
  if (part === 'uri') return request.uri;
  if (part === 'secret') return secret;
  if ('text' in part) return part.text;
  if ('header' in part) return headerOf(request, part.header);
  return header.values.get(part.signature) ?? null;
}

function digestOf(rule: SignedScheme, key: KeyObject, message: readonly (string | Buffer)[]): Buffer {
  const digest = rule.profile === 'hmac' ? createHmac(rule.algorithm, key) : createHash(rule.algorithm);
  for (const part of message) digest.update(part);
  return digest.digest();
}

/** Null when the secret is not what the rule says it is: then it fits nothing. */
function deriveKey(rule: SignedScheme, secret: string): KeyObject | null {
  const { derive, cut_prefix: prefix } = rule.key;
  const text = prefix !== null && secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  // Node decodes as far as it can: half a key would be a weaker one
  if (derive === 'hex' && !/^([0-9a-f]{2})+$/i.test(text)) return null;
  if (derive === 'base64' && !/^(?:[\w+/-]{4})*(?:[\w+/-]{2,4}={0,2})$/.test(text)) return null;
  const bytes =
    derive === 'sha256hex'
      ? Buffer.from(hash('sha256', text, 'hex'))
      : Buffer.from(text, derive === 'plain' ? 'utf8' : derive);
  return bytes.length === 0 ? null : createSecretKey(bytes);
}

function inTime(rule: SignedScheme, request: CallbackRequest, header: SignatureHeader, now: number): boolean {
  const { timestamp } = rule;
  if (timestamp === 'none') return true;
  const text =
    'header' in timestamp ? headerOf(request, timestamp.header) : header.values.get(timestamp.signature);
  const time = text === null || text === undefined ? null : readTime(text, timestamp.unit);
  return time !== null && Math.abs(now - time) <= timestamp.tolerance_seconds * SECOND;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
