import fc from 'fast-check';

import { anyText } from './any-text.ts';
import type { Tree } from './any-field.ts';

const header = fc.stringMatching(/^[A-Za-z0-9-]{0,9}$/).map((text) => `X-${text}`);
const encoding = fc.constantFrom('hex', 'base64');
const strong = fc.constantFrom('sha256', 'sha512');

/** Every profile; what signs nothing and shows no secret says why it is taken. */
const scheme: fc.Arbitrary<Tree> = fc.oneof(
  fc.tuple(header, encoding, strong).map(([name, code, algorithm]) => ({
    ...HMAC,
    algorithm,
    header: name,
    encoding: code,
    signs: ['body'],
  })),
  fc
    .tuple(header, encoding, strong, anyText(10), anyText(3))
    .map(([name, code, algorithm, prefix, mark]) => ({
      ...{ profile: 'hmac', algorithm, message: [{ header: 'X-Time' }, { text: mark }, 'body'] },
      signature: { header: name, layout: 'list', prefix, encoding: code },
      timestamp: { header: 'X-Time', unit: 'auto', tolerance: '5m', signed: true },
      once: { header: 'X-Time', keep: '1h' },
    })),
  fc.tuple(header, anyText(5), anyText(2)).map(([name, key, between]) => ({
    ...{ ...HMAC, algorithm: 'sha256', message: ['body'] },
    signature: { header: name, layout: 'pairs', name: key, separator: between, assign: '=', encoding: 'hex' },
  })),
  anyText(40).map((weak) => ({
    ...{
      profile: 'digest',
      algorithm: 'md5',
      header: 'X-Digest',
      encoding: 'hex',
      message: ['secret', 'body'],
    },
    ...{ timestamp: 'none', weak },
  })),
  fc.constantFrom<Tree>({ profile: 'basic' }, { profile: 'bearer' }, { profile: 'header', header: 'X-Key' }),
  anyText(40).map((weak) => ({ profile: 'path_token', segment: 1, weak })),
  anyText(40).map((weak) => ({ profile: 'ip_list', networks: ['10.0.0.0/8', '2001:db8::/32'], weak })),
  anyText(40).map((weak) => ({ profile: 'none', weak })),
);
const HMAC = { profile: 'hmac', timestamp: 'none' } as const;

/** Every way to name an event; what the product writes may be anything. */
function eventName(events: readonly string[]): fc.Arbitrary<Tree> {
  const event = fc.constantFrom(...events);
  const map = fc
    .uniqueArray(fc.tuple(anyText(20), event), { minLength: 1, maxLength: 4, selector: ([key]) => key })
    .map((list) => list.filter(([key]) => !['__proto__', 'constructor', 'prototype'].includes(key)))
    .filter((list) => list.length > 0)
    .map((list) => Object.fromEntries(list));
  const named = fc.oneof(
    header.map((name) => ({ header: name })),
    fc.constantFrom<Tree>({ path: 'event.kind' }, { segment: 2 }),
    anyText(12).map((query) => ({ query })),
    anyText(4).map((join) => ({ paths: ['event.kind', 'event.what'], join })),
  );
  return fc.oneof(
    named,
    fc.tuple(named, map).map(([from, table]) => ({ ...from, map: table })),
    event.map((name) => ({ present: { 'event.kind': name } })),
    event.map((constant) => ({ constant })),
  );
}

const handshake: fc.Arbitrary<Tree> = fc
  .tuple(anyText(20), anyText(20), header)
  .map(([equals, text, name]) => [equals, text.replaceAll(/[{}]/g, ''), name] as const)
  .map(([equals, text, name]) => ({
    when: { method: 'GET', query: 'challenge', equals },
    unverified: true,
    reply: { status: 200, headers: { [name]: text }, json: { echo: '{query.challenge}', text } },
  }));

const auth: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom<Tree>({ profile: 'bearer' }, { profile: 'basic' }, { profile: 'header', header: 'X-Key' }),
  anyText(20).map((scope) => ({ profile: 'oauth2_client', token_path: '/token', scope, client_in: 'body' })),
  anyText(20).map((field) => ({
    ...{
      profile: 'session',
      login_path: '/login',
      user_field: field,
      token: 'body.token',
      header: 'X-Session',
    },
    ...{ prefix: field, lifetime: '1h' },
  })),
  anyText(20).map((text) => ({
    profile: 'signed',
    header: 'X-Sign',
    algorithm: 'sha256',
    message: ['method', { text }, 'body'],
  })),
);

/** All of `source:` but its events, reads and what depends on them. */
export function anySource(events: readonly string[]): fc.Arbitrary<Tree> {
  return fc.record(
    {
      verify: fc.oneof(scheme, fc.array(scheme, { minLength: 2, maxLength: 2 })),
      event_name: fc.oneof(eventName(events), fc.array(eventName(events), { minLength: 2, maxLength: 2 })),
      handshakes: fc.array(handshake, { minLength: 1, maxLength: 2 }),
      accept: fc.constantFrom<Tree>(
        { methods: ['PUT'], max_body: '2MB' },
        { format: 'cloudevents', answers: { held: 299 } },
      ),
      read: auth.map((value) => ({ auth: value })),
      drop: fc.constantFrom('event.blob', ['event.blob', 'event.photo']),
    },
    { requiredKeys: ['verify', 'event_name', 'read'], noNullPrototype: true },
  );
}
