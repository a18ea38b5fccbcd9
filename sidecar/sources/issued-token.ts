import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { SECOND } from '../clock.ts';
import type { IssuedTokenScheme } from '../contract.ts';

type Algorithm = IssuedTokenScheme['algorithms'][number];

/** Who signs the tokens, and for whom: what a secret of a scheme `jwt` says. */
export interface Issuer {
  issuer: string;
  audience: string;
  keys: { id: string | null; algorithm: Algorithm; key: KeyObject }[];
}

export const ISSUER_EXPECTED =
  'JSON with "issuer", "audience" and "keys", a JWK set of public keys (RSA of 2048 bits or more, EC P-256)';

/** Reads the secret of a scheme `jwt`. Null: it is none; `ISSUER_EXPECTED` says what is. A private key is none. */
export function readIssuer(text: string): Issuer | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return null;
  }
  const { issuer, audience, keys } = (document ?? {}) as Record<string, unknown>;
  if (!isText(issuer) || !isText(audience) || !Array.isArray(keys)) return null;
  const known = keys.map(readKey);
  if (known.length === 0 || known.includes(null)) return null;
  return { issuer, audience, keys: known.filter((key) => key !== null) };
}

function readKey(document: unknown): Issuer['keys'][number] | null {
  if (typeof document !== 'object' || document === null || 'd' in document) return null;
  const { kid: id = null, kty, crv } = document as JsonWebKey & { kid?: unknown };
  if (id !== null && !isText(id)) return null;
  if (kty !== 'RSA' && !(kty === 'EC' && crv === 'P-256')) return null;
  try {
    const key = createPublicKey({ key: document as JsonWebKey, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 2048;
    return bits < 2048 ? null : { id, algorithm: kty === 'RSA' ? 'RS256' : 'ES256', key };
  } catch {
    return null;
  }
}

/**
 * Whether the issuer signed this token for us and it counts now, in milliseconds since the epoch. A token without an end never
 * does: whoever sees it once could use it for good.
 */
export function isIssued(token: string, by: Issuer, rule: IssuedTokenScheme, now: number): boolean {
  const header = jwt.decode(token, { complete: true })?.header;
  if (header === undefined || 'crit' in header) return false;
  return by.keys
    .filter(({ algorithm }) => algorithm === header.alg && rule.algorithms.includes(algorithm))
    .filter(({ id }) => id === null || header.kid === undefined || id === header.kid)
    .some(({ key, algorithm }) => holds(token, key, algorithm, by, rule, now));
}

function holds(
  token: string,
  key: KeyObject,
  algorithm: Algorithm,
  { issuer, audience }: Issuer,
  { tolerance_seconds }: IssuedTokenScheme,
  now: number,
): boolean {
  try {
    const claims = jwt.verify(token, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      clockTimestamp: Math.floor(now / SECOND),
      clockTolerance: tolerance_seconds,
    });
    return typeof claims === 'object' && typeof claims.exp === 'number';
  } catch (error) {
    if (error instanceof jwt.JsonWebTokenError) return false;
    throw error;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
