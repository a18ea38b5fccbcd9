import type { Code } from '../../../generator/index.ts';
import { BASE, edit } from '../helpers/specs.ts';

type SourceRow = {
  readonly code: Code;
  readonly what: string;
  readonly text: string;
  readonly nearest?: string;
};

const VERIFY =
  '{ profile: hmac, algorithm: sha256, header: X-Sign, encoding: hex, signs: [body], timestamp: none }';
const NAME = 'event_name: { header: X-Event }';
const SIGNED = 'profile: hmac, algorithm: sha256, signature: { header: X-Sign, encoding: hex }';

const row = (code: Code, what: string, from: string, to: string, nearest?: string): SourceRow => ({
  code,
  what,
  text: edit(from, to, BASE),
  ...(nearest === undefined ? {} : { nearest }),
});
const verify = (code: Code, what: string, to: string): SourceRow =>
  row(code, what, `verify: ${VERIFY}`, `verify: ${to}`);
const before = (code: Code, what: string, to: string): SourceRow =>
  row(code, what, `  ${NAME}`, `  ${NAME}\n  ${to}`);

/** How deliveries are proved, named, answered and read. */
export const OF_SOURCES: readonly SourceRow[] = [
  {
    code: 'budget-small',
    what: 'a budget that a plan of reads is larger than',
    text: edit(
      'profile: header, header: X-Token } }',
      'profile: header, header: X-Token }, limits: { budget: [{ calls: §1, per: 1m }] } }',
      edit(
        "        - { as: machine, get: '/machines/{event.id}',",
        "        - { as: place, get: '/places/{event.id}' }\n        - { as: machine, get: '/machines/{event.id}',",
      ),
    ),
  },
  verify(
    'source-key-missing',
    'a signature of no algorithm',
    '§{ profile: hmac, header: X-Sign, encoding: hex, signs: [body], timestamp: none }',
  ),
  verify(
    'source-key-missing',
    'pairs without the name of the signature',
    '{ profile: hmac, algorithm: sha256, message: [body], timestamp: none, signature: §{ header: X-Sign, layout: pairs, encoding: hex } }',
  ),
  verify('source-key-unused', 'a header for basic authorization', '{ profile: basic, §header: X-Sign }'),
  verify(
    'source-key-unused',
    'the secret in the message of an HMAC',
    `{ profile: §hmac, algorithm: sha256, signature: { header: X-Sign, encoding: hex }, message: [secret, body], timestamp: none }`,
  ),
  verify(
    'verify-weak',
    'no proof at all without a reason',
    '§{ profile: ip_list, networks: [192.0.2.0/24] }',
  ),
  verify(
    'verify-weak',
    'a signature that leaves the body out',
    `§{ ${SIGNED}, message: [uri], timestamp: none }`,
  ),
  verify(
    'verify-weak',
    'an old hash function',
    `§{ profile: hmac, algorithm: sha1, header: X-Sign, encoding: hex, signs: [body], timestamp: none }`,
  ),
  verify('source-key-missing', 'none without a reason', '§{ profile: none }'),
  verify(
    'verify-timestamp',
    'a timestamp that is said to be signed and is not',
    `{ ${SIGNED}, message: [body], timestamp: { header: X-Time, unit: ms, tolerance: 5m, signed: §true } }`,
  ),
  verify(
    'duration-invalid',
    'a tolerance without unit',
    `{ ${SIGNED}, message: [{ header: X-Time }, body], timestamp: { header: X-Time, unit: ms, tolerance: §'5', signed: true } }`,
  ),
  verify(
    'verify-once',
    'a token that may be forgotten too soon',
    `{ ${SIGNED}, message: [{ header: X-Time }, { header: token }], timestamp: { header: X-Time, unit: s, tolerance: 5m, signed: true }, once: §{ header: token, keep: 5m }, weak: so }`,
  ),
  verify(
    'verify-once',
    'a token that nothing signs',
    `{ ${SIGNED}, message: [body], timestamp: none, once: §{ header: token, keep: 1d } }`,
  ),
  verify('schema-enum', 'an unknown scheme', '{ profile: §hmca }'),
  row(
    'source-key-missing',
    'two places for one name',
    NAME,
    'event_name: §{ header: X-Event, query: event }',
  ),
  row('source-key-unused', 'attributes of what is no CloudEvent', NAME, 'event_name: { §ce: type }'),
  row(
    'event-unknown',
    'a name for no event',
    NAME,
    'event_name: { segment: 0, map: { saved: §SAVD } }',
    'SAVED',
  ),
  row('path-syntax', 'a name at no path', NAME, 'event_name: { path: §type }'),
  before('size-invalid', 'a size without unit', "accept: { max_body: §'4' }"),
  before('schema-range', 'an answer that would lose a delivery', 'accept: { answers: { held: §500 } }'),
  before(
    'path-scope',
    'a challenge from nowhere',
    "handshakes: [{ when: { method: OPTIONS }, reply: { text: §'{body.x}' } }]",
  ),
  before(
    'source-key-missing',
    'a question without a mark',
    'handshakes: [{ when: §{ equals: x }, reply: { text: ok } }]',
  ),
  {
    code: 'drop-used',
    what: 'a path that is mapped and dropped',
    text: edit(NAME, `${NAME}\n  drop: event.at`).replace('time: event.at', 'time: §event.at'),
  },
  row(
    'source-key-missing',
    'a session without login',
    '{ auth: { profile: header, header: X-Token } }',
    '{ auth: §{ profile: session, token: token, header: X-Session } }',
  ),
  row(
    'source-key-unused',
    'a scope of a fixed header',
    '{ auth: { profile: header, header: X-Token } }',
    '{ auth: { profile: header, header: X-Token, §scope: all } }',
  ),
  row(
    'source-key-missing',
    'pages by cursor without the next one',
    'path: /open\n',
    'path: /open\n      page: §{ style: cursor, field: cursor }\n',
  ),
  row(
    'template-syntax',
    'a watermark that stands nowhere',
    'path: /open\n',
    "path: /open\n      watermark: { path: event.at, into: { query: since }, template: §'x', format: iso, overlap: 5m }\n",
  ),
  row(
    'source-key-missing',
    'a fetch of nothing',
    "{ as: machine, get: '/machines/{event.id}',",
    '§{ as: machine,',
  ),
  row(
    'name-reserved',
    'a fetch with a name of ours',
    'fetch:\n',
    'fetch:\n        - { as: §batch, get: /b }\n',
  ),
];
