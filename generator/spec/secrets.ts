/** Shapes of credentials. Better one word too many: a secret in a committed file cannot be taken back. */
const SHAPES: readonly { readonly what: string; readonly shape: RegExp }[] = [
  { what: 'a webhook secret', shape: /whsec_[A-Za-z0-9+/=_-]{6,}/g },
  {
    what: 'an interface key',
    shape: /\b(?:sk|pk|rk|api|key|pat|ghp|gho|ghs|glpat|xox[abp])[_-](?:live_|test_)?[A-Za-z0-9_-]{16,}/g,
  },
  { what: 'an access key id', shape: /\bAKIA[0-9A-Z]{16}\b/g },
  { what: 'a private key', shape: /-----BEGIN [A-Z ]*PRIVATE KEY-----/g },
  { what: 'a signed token', shape: /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g },
  { what: 'a password in an address', shape: /:\/\/[^\s/:@]+:[^\s/@]+@/g },
  { what: 'a long hexadecimal key', shape: /\b[0-9a-fA-F]{32,}\b/g },
  { what: 'a long base64 key', shape: /[A-Za-z0-9+/_-]{32,}={0,2}/g },
];

const BASE64 = 'a long base64 key';

/** A run of base64 letters is a key when it mixes cases and digits without words in it. */
function isRandom(text: string): boolean {
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/[0-9]/.test(text)) return false;
  const switches = Array.from(text).filter(
    (letter, index) => index > 0 && sort(letter) !== sort(text[index - 1] ?? ''),
  );
  return switches.length / text.length > 0.3;
}

function sort(letter: string): string {
  if (/[0-9]/.test(letter)) return 'digit';
  return /[a-z]/.test(letter) ? 'small' : 'other';
}

export interface Secret {
  readonly what: string;
  readonly index: number;
  readonly length: number;
}

/** What every shape has somewhere: a line without it has no credential, and nearly all lines are without it. */
const TELLTALE = /whsec_|AKIA|-----BEGIN|eyJ|:\/\/|[A-Za-z0-9+/_-]{16}/;

/** Everything in one line that looks like a credential, in order. */
export function findSecrets(line: string): Secret[] {
  if (!TELLTALE.test(line)) return [];
  const found: Secret[] = [];
  for (const { what, shape } of SHAPES) {
    for (const match of line.matchAll(shape)) {
      if (what === BASE64 && !isRandom(match[0])) continue;
      const covered = found.some(
        (other) => match.index < other.index + other.length && other.index < match.index + match[0].length,
      );
      if (!covered) found.push({ what, index: match.index, length: match[0].length });
    }
  }
  return found.sort((a, b) => a.index - b.index);
}

/** The text with everything that looks like a credential made unreadable, length kept. */
export function maskSecrets(text: string): string {
  let masked = text;
  for (const { index, length } of findSecrets(text)) {
    masked = masked.slice(0, index) + '*'.repeat(length) + masked.slice(index + length);
  }
  return masked;
}
