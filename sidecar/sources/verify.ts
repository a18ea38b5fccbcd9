import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { HmacVerify } from '../contract.ts';

declare const verified: unique symbol;
/** Raw bytes whose signature was right: only `createVerifier` makes this type. */
export type VerifiedBody = Buffer & { readonly [verified]: true };

export type Verifier = (signature: string | undefined, raw: Buffer) => VerifiedBody | null;

const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const;

/**
 * Checks the raw bytes, before anything parses them. Any of the secrets may match (rotation); with no secret nothing is
 * accepted. Comparison takes the same time whatever differs.
 */
export function createVerifier(rule: HmacVerify, secrets: readonly string[]): Verifier {
  const keys = secrets.filter((secret) => secret.length > 0).map((secret) => deriveKey(rule, secret));
  return (signature, raw) => {
    const given = signature === undefined ? null : decode(rule, signature);
    if (given === null) return null;
    let matches = false;
    for (const key of keys) {
      const expected = createHmac(rule.algorithm, key).update(raw).digest();
      if (timingSafeEqual(expected, given)) matches = true;
    }
    return matches ? (raw as VerifiedBody) : null;
  };
}

function deriveKey(rule: HmacVerify, secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, rule.key === 'plain' ? 'utf8' : rule.key));
}

/** Strict: Buffer.from skips what it does not know, so the text must come out of the bytes again. */
function decode(rule: HmacVerify, signature: string): Buffer | null {
  const bytes = Buffer.from(signature, rule.encoding);
  if (bytes.length !== DIGEST_BYTES[rule.algorithm]) return null;
  const text = rule.encoding === 'hex' ? signature.toLowerCase() : signature;
  return bytes.toString(rule.encoding) === text ? bytes : null;
}
