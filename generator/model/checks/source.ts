import { oneOf, show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Auth, EventName, Handshake, Page, Scheme, Source } from '../../spec/source-types.ts';
import { asList } from '../../spec/types.ts';
import type { OneOrMany, Spec } from '../../spec/types.ts';
import { parseDuration } from '../duration.ts';
import { parsePath } from '../paths.ts';
import { messageOf, parseSize } from '../source-contract.ts';

type Keys = Readonly<Record<string, { readonly needs: string; readonly takes?: string }>>;

const SIGNED = {
  needs: 'algorithm timestamp',
  takes: 'header encoding key signs message signature once secret',
};
const SCHEMES: Keys = {
  hmac: SIGNED,
  digest: SIGNED,
  basic: { needs: '', takes: 'secret' },
  bearer: { needs: '', takes: 'secret' },
  jwt: { needs: 'algorithms', takes: 'tolerance secret' },
  header: { needs: 'header', takes: 'secret' },
  path_token: { needs: 'segment', takes: 'secret' },
  ip_list: { needs: 'networks' },
  none: { needs: 'weak' },
};
const AUTHS: Keys = {
  header: { needs: 'header' },
  bearer: { needs: '' },
  basic: { needs: '' },
  oauth2_client: { needs: 'token_path', takes: 'scope client_in' },
  session: { needs: 'login_path token header', takes: 'user_field password_field expires lifetime prefix' },
  signed: { needs: 'message header', takes: 'algorithm query encoding prefix' },
};
const PAGES: Keys = {
  number: { needs: 'field size', takes: 'size_field first items last' },
  offset: { needs: 'field size', takes: 'size_field first items last' },
  cursor: { needs: 'field next', takes: 'size_field size items last' },
  next_link: { needs: 'next', takes: 'size_field size items last' },
};
const NAME_SOURCES = ['header', 'path', 'paths', 'segment', 'query', 'present', 'ce', 'constant'] as const;

/** How deliveries are proved, named, taken apart and answered, and how the product is read. */
export function checkSource(spec: Spec, report: Report): void {
  const { source } = spec;
  const place: Path = ['source'];
  eachOf(source.verify, [...place, 'verify'], (scheme, at) => {
    checkScheme(scheme, at, report);
  });
  checkStrength(source, [...place, 'verify'], report);
  eachOf(source.event_name, [...place, 'event_name'], (name, at) => {
    checkName(name, at, source, report);
  });
  for (const [index, handshake] of (source.handshakes ?? []).entries())
    checkHandshake(handshake, [...place, 'handshakes', index], report);
  const size = source.accept?.max_body;
  if (size !== undefined && parseSize(size) === undefined)
    report.add('size-invalid', [...place, 'accept', 'max_body'], {
      found: show(size),
      expected: 'a size between 1KB and 64MB',
    });
  if (source.read) {
    checkKeys(AUTHS, 'profile', source.read.auth, [...place, 'read', 'auth'], report);
    for (const [index, { per }] of (source.read.limits?.budget ?? []).entries())
      duration(per, [...place, 'read', 'limits', 'budget', index, 'per'], report);
    duration(source.read.limits?.wait, [...place, 'read', 'limits', 'wait'], report);
    duration(source.read.auth.lifetime, [...place, 'read', 'auth', 'lifetime'], report);
  }
  checkReads(source, place, report);
  eachOf(source.drop, [...place, 'drop'], (path, at) => {
    bodyPath(path, at, report);
  });
  eachOf(source.records, [...place, 'records'], (path, at) => {
    if (path !== 'event') bodyPath(path, at, report);
  });
}

/** What is cut before it is stored can be used by nothing. */
export function checkDropped(
  spec: Spec,
  used: readonly { path: string; place: Path }[],
  report: Report,
): void {
  const dropped = asList(spec.source.drop);
  for (const { path, place } of used) {
    const cut = dropped.find((drop) => path === drop || path.startsWith(`${drop}.`));
    if (cut === undefined) continue;
    report.add('drop-used', place, { found: show(path), expected: `a path that \`drop:\` leaves there` });
  }
}

function checkScheme(scheme: Scheme, place: Path, report: Report): void {
  if (!checkKeys(SCHEMES, 'profile', scheme, place, report, ['weak'])) return;
  duration(scheme.tolerance, [...place, 'tolerance'], report);
  if (scheme.profile !== 'hmac' && scheme.profile !== 'digest') return;
  const short = scheme.signature === undefined;
  for (const key of short ? (['header', 'encoding'] as const) : []) {
    if (scheme[key] === undefined) missing(key, place, report);
  }
  for (const key of short ? [] : (['header', 'encoding'] as const))
    if (scheme[key] !== undefined) unused(key, place, 'no key that `signature:` holds', report);
  if (scheme.message === undefined && scheme.signs === undefined) missing('message', place, report);
  else if (scheme.message && scheme.signs) unused('signs', place, 'either `message` or `signs`', report);
  if (scheme.signature?.layout === 'pairs' && scheme.signature.name === undefined)
    missing('name', [...place, 'signature'], report);
  const hasSecret = messageOf(scheme).includes('secret');
  if (hasSecret !== (scheme.profile === 'digest'))
    report.add('source-key-unused', [...place, 'profile'], {
      found: show(scheme.profile),
      expected: '`secret` in the message of a digest, and only there',
    });
  checkTime(scheme, place, report);
}

function checkTime(scheme: Scheme, place: Path, report: Report): void {
  const { timestamp, once } = scheme;
  const message = messageOf(scheme);
  const holds = (key: 'header' | 'signature', name: string | undefined): boolean =>
    message.some((part) => typeof part === 'object' && part[key]?.toLowerCase() === name?.toLowerCase());
  const at = [...place, 'timestamp'];
  let window: number | undefined;
  if (typeof timestamp === 'object') {
    duration(timestamp.tolerance, [...at, 'tolerance'], report);
    window = parseDuration(timestamp.tolerance);
    const key = timestamp.signature === undefined ? 'header' : 'signature';
    if (timestamp[key] === undefined) missing('header', at, report);
    else if (holds(key, timestamp[key]) !== timestamp.signed)
      report.add('verify-timestamp', [...at, 'signed'], {
        found: show(timestamp.signed),
        expected: `${show(!timestamp.signed)}, as the message ${timestamp.signed ? 'does not hold it' : 'holds it'}`,
      });
  }
  if (once === undefined) return;
  duration(once.keep, [...place, 'once', 'keep'], report);
  const keep = parseDuration(once.keep);
  const signedTime = typeof timestamp === 'object' && timestamp.signed;
  if (holds('header', once.header) && signedTime && window !== undefined && (keep ?? 0) >= 2 * window) return;
  report.add('verify-once', [...place, 'once'], {
    found: show(once),
    expected: 'a token in the message, beside a signed timestamp, kept for twice its tolerance or longer',
  });
}

/** At least one scheme proves who sent these bytes, or the spec says why a weaker one is taken. */
function checkStrength(source: Source, place: Path, report: Report): void {
  const schemes = asList(source.verify);
  if (schemes.length === 0 || report.isBroken(place)) return;
  if (schemes.some(({ weak }) => weak !== undefined) || schemes.some(isStrong)) return;
  report.add('verify-weak', place, {
    found: oneOf(schemes.map(({ profile }) => show(profile))),
    expected:
      'a signature over the body by SHA-256 or SHA-512, a secret in the head, or `weak:` with a reason',
  });
}

function isStrong(scheme: Scheme): boolean {
  if (['basic', 'bearer', 'header', 'jwt'].includes(scheme.profile)) return true;
  const algorithm = scheme.algorithm ?? '';
  return (
    scheme.profile === 'hmac' &&
    ['sha256', 'sha512'].includes(algorithm) &&
    messageOf(scheme).includes('body')
  );
}

function checkName(name: EventName, place: Path, source: Source, report: Report): void {
  const given = NAME_SOURCES.filter((key) => name[key] !== undefined);
  if (given.length !== 1) {
    report.add('source-key-missing', place, {
      found: given.length === 0 ? 'none' : oneOf(given),
      expected: `exactly one of ${oneOf(NAME_SOURCES)}`,
    });
    return;
  }
  eachOf(name.path ?? name.paths, [...place, name.path === undefined ? 'paths' : 'path'], (path, at) => {
    bodyPath(path, at, report);
  });
  for (const path of Object.keys(name.present ?? {}))
    bodyPath(path, [...place, 'present', path], report, 'key');
  if (name.join !== undefined && name.paths === undefined)
    unused('join', place, 'it beside `paths` alone', report);
  if (name.map !== undefined && (name.present ?? name.constant) !== undefined)
    unused('map', place, 'it beside a name that the product writes', report);
  if (name.ce !== undefined && source.accept?.format !== 'cloudevents')
    unused('ce', place, 'it with `accept: { format: cloudevents }` alone', report);
  checkMapped(name, place, source, report);
}

/** Names that a table gives have to be names of events. */
function checkMapped(name: EventName, place: Path, source: Source, report: Report): void {
  const names = Object.keys(source.events);
  const given = [
    ...Object.entries(name.map ?? {}).map(([key, to]) => ({ to, at: [...place, 'map', key] })),
    ...Object.entries(name.present ?? {}).map(([key, to]) => ({ to, at: [...place, 'present', key] })),
    ...(name.constant === undefined ? [] : [{ to: name.constant, at: [...place, 'constant'] }]),
  ];
  for (const { to, at } of given) {
    if (names.includes(to) || report.isBroken(['source', 'events', to])) continue;
    report.add('event-unknown', at, { found: show(to), expected: 'an event', names, name: to });
  }
}

const ANSWER_SCOPES = ['header', 'query', 'event', 'signature'];

function checkHandshake({ when, reply }: Handshake, place: Path, report: Report): void {
  if (Object.keys(when).every((key) => key === 'equals')) missing('method', [...place, 'when'], report);
  if (when.path !== undefined) bodyPath(when.path, [...place, 'when', 'path'], report);
  if (reply.json !== undefined && reply.text !== undefined)
    unused('text', [...place, 'reply'], 'either `json` or `text`', report);
  for (const key of ['headers', 'json', 'text'] as const)
    checkTexts(reply[key], [...place, 'reply', key], report);
}

function checkTexts(value: unknown, place: Path, report: Report): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      checkTexts(item, [...place, Array.isArray(value) ? Number(key) : key], report);
  }
  if (typeof value !== 'string') return;
  for (const match of value.matchAll(/\{([^{}]*)\}/g)) {
    const [scope = ''] = parsePath(match[1] ?? '') ?? [];
    if (ANSWER_SCOPES.includes(scope)) continue;
    report.add('path-scope', place, { found: show(match[1]), expected: oneOf(ANSWER_SCOPES) });
  }
}

function checkReads(source: Source, place: Path, report: Report): void {
  const page = (rule: Page | undefined, at: Path): void => {
    if (rule) checkKeys(PAGES, 'style', rule, at, report);
  };
  for (const [name, read] of Object.entries(source.reads ?? {})) {
    const at = [...place, 'reads', name];
    page(read.page, [...at, 'page']);
    for (const [index, fetch] of (read.fetch ?? []).entries())
      page(fetch.page, [...at, 'fetch', index, 'page']);
    if (read.watermark === undefined) continue;
    const { path, into, template, overlap } = read.watermark;
    eachOf(path, [...at, 'watermark', 'path'], (one, where) => {
      bodyPath(one, where, report);
    });
    if (overlap !== 'none') duration(overlap, [...at, 'watermark', 'overlap'], report);
    if ((into.query === undefined) === (into.body === undefined))
      missing('query', [...at, 'watermark', 'into'], report);
    if (template !== undefined && !template.includes('{since}'))
      report.add('template-syntax', [...at, 'watermark', 'template'], {
        found: show(template),
        expected: 'text with {since}',
      });
  }
  for (const [name, event] of Object.entries(source.events)) {
    for (const [index, fetch] of (event.fetch ?? []).entries())
      page(fetch.page, [...place, 'events', name, 'fetch', index, 'page']);
  }
}

/** Whether all that this profile or style needs is there; what it does not take is reported too. */
function checkKeys(
  table: Keys,
  by: 'profile' | 'style',
  value: Scheme | Auth | Page,
  place: Path,
  report: Report,
  always: readonly string[] = [],
): boolean {
  const kind = String((value as unknown as Record<string, unknown>)[by]);
  const rule = table[kind];
  if (rule === undefined || report.isBroken([...place, by])) return false;
  const needs = rule.needs.split(' ').filter(Boolean);
  const takes = [by, ...needs, ...always, ...(rule.takes ?? '').split(' ')];
  const absent = needs.filter((key) => !Object.hasOwn(value, key) && !report.isBroken([...place, key]));
  for (const key of absent) missing(key, place, report);
  for (const key of Object.keys(value))
    if (!takes.includes(key)) unused(key, place, `a key that ${kind} takes`, report);
  return absent.length === 0;
}

function missing(key: string, place: Path, report: Report): void {
  report.add('source-key-missing', place, { found: `no ${show(key)}`, expected: `the key ${show(key)}` });
}

function unused(key: string, place: Path, expected: string, report: Report): void {
  report.add('source-key-unused', [...place, key], { found: show(key), expected, part: 'key' });
}

function duration(text: string | undefined, place: Path, report: Report): void {
  if (text === undefined || parseDuration(text) !== undefined) return;
  report.add('duration-invalid', place, { found: show(text), expected: 'a time between 1s and 366d' });
}

/** A path of the received body. */
function bodyPath(path: string, place: Path, report: Report, part: 'key' | 'value' = 'value'): void {
  const steps = parsePath(path);
  if (steps?.[0] === 'event' && steps.length > 1) return;
  report.add('path-syntax', place, { found: show(path), expected: 'event.name.name', part });
}

/** The elements of a list, or the one that stands there alone, each with its place. */
function eachOf<T>(value: OneOrMany<T> | undefined, place: Path, look: (item: T, place: Path) => void): void {
  if (Array.isArray(value))
    for (const [index, item] of (value as readonly T[]).entries()) look(item, [...place, index]);
  else if (value !== undefined) look(value as T, place);
}
