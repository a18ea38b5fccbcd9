import type { Json } from '../canonical-json.ts';

/** What a change asks of whoever upgrades: nothing, a migration that is generated, or a decision of people. */
export type Grade = 'compatible' | 'needs_migration' | 'breaking';
export type Side = 'cmms' | 'odoo';
export type Sort = 'added' | 'removed' | 'changed';

export interface Verdict {
  readonly side: Side;
  readonly grade: Grade;
  readonly why: string;
}

type Judge = (sort: Sort, before: Json | undefined, after: Json | undefined) => Verdict;

/** Steps of a place in a contract, `*` for any; the first rule that fits judges what is at its place as a whole. */
interface Rule {
  readonly place: readonly string[];
  readonly judge: Judge;
}

const fine =
  (side: Side, why: string): Judge =>
  () => ({ side, grade: 'compatible', why });
const breaks =
  (side: Side, why: string): Judge =>
  () => ({ side, grade: 'breaking', why });
/** Additions are harmless, anything else is not. */
const grows =
  (side: Side, added: string, lost: string): Judge =>
  (sort) =>
    sort === 'added' ? { side, grade: 'compatible', why: added } : { side, grade: 'breaking', why: lost };

const rule = (place: string, judge: Judge): Rule => ({ place: place.split('/'), judge });

const KEYS = 'what is known already gets another key: it would be made a second time';
const WRITTEN =
  'what waits in the outbox is written, found or recognised in another way: let it run empty first';
const MEANING = 'the same value means something else than before';

const INPUT: readonly Rule[] = [
  ...['key', 'line_key', 'version', 'lines', 'role'].map((key) =>
    rule(`flows/*/inputs/*/${key}`, breaks('odoo', KEYS)),
  ),
  rule('flows/*/inputs/*/on', (_sort, before, after) =>
    holdsAll(after, before)
      ? { side: 'odoo', grade: 'compatible', why: 'more events are handled' }
      : { side: 'odoo', grade: 'breaking', why: 'events are no longer handled by it' },
  ),
  ...['when', 'otherwise', 'record', 'occurred_at', 'archive_when'].map((key) =>
    rule(`flows/*/inputs/*/${key}`, fine('odoo', 'later messages are read in another way')),
  ),
  ...['type', 'sign', 'unit', 'assume', 'currency', 'time_zone'].map((key) =>
    rule(`flows/*/inputs/*/fields/*/${key}`, breaks('odoo', MEANING)),
  ),
  rule('flows/*/inputs/*/fields/*/required', (_sort, _before, after) =>
    after === true
      ? { side: 'cmms', grade: 'breaking', why: 'messages without it are held from now on' }
      : { side: 'cmms', grade: 'compatible', why: 'messages without it are taken now' },
  ),
  rule('flows/*/inputs/*/fields/*/*', fine('odoo', 'later messages are read in another way')),
];

/** From the special to the general. What no rule knows is breaking: nobody has thought about it yet. */
export const RULES: readonly Rule[] = [
  rule('connector/title', fine('odoo', 'a name on screens')),
  rule('connector/code', breaks('odoo', 'it is another connector')),
  rule('connector/odoo', breaks('odoo', 'it is for another series of Odoo')),
  rule('source/*', breaks('cmms', 'both ends have to change at the same moment')),
  rule('events/*/flows', fine('odoo', 'other flows take it')),
  rule('events/*/lane', fine('odoo', 'it is handled sooner or later than before')),
  rule('events/*/time', fine('odoo', 'a time for people')),
  rule('events/*/fetch', fine('cmms', 'other reads: the credential has to be allowed to do them')),
  rule('events/*/identity', breaks('cmms', 'a repeat of what is known would count as new')),
  rule('events/*/subject', breaks('cmms', 'order is kept by subject: let the spool run empty first')),
  rule('events/*/schema', judgeSchema),
  rule('reads/*/*', fine('cmms', 'it is read in another way: the credential has to be allowed to do it')),
  rule(
    'personal/*',
    grows('odoo', 'more is treated as personal', 'personal data may be treated as any other'),
  ),
  ...['title', 'lane', 'delay_budget_seconds'].map((key) =>
    rule(`flows/*/${key}`, fine('odoo', 'no data depend on it')),
  ),
  rule('flows/*/retention', fine('odoo', 'finished messages are purged sooner or later than before')),
  ...['match', 'empty_match_key', 'ambiguous_match', 'plant', 'delete', 'shortage'].map((key) =>
    rule(`flows/*/${key}`, fine('odoo', 'later messages are decided in another way')),
  ),
  rule('flows/*/on_dead', fine('odoo', 'later dead letters stop, or let pass, what comes behind them')),
  rule('flows/*/kind', breaks('odoo', 'its rows are bound to other records')),
  rule('flows/*/columns/*/type', judgeType),
  rule('flows/*/columns/*/from', fine('odoo', 'later messages are read in another way')),
  rule('flows/*/columns/*/time_zone', breaks('odoo', MEANING)),
  rule('writes/token', breaks('cmms', 'both ends have to change at the same moment')),
  ...['external_id', 'look_up', 'values', 'echo'].map((key) =>
    rule(`writes/flows/*/${key}`, breaks('cmms', WRITTEN)),
  ),
  ...['create', 'update', 'delete'].map((key) =>
    rule(`writes/flows/*/${key}`, fine('cmms', 'later records are written in another way')),
  ),
  rule('writes/flows/*/answers', fine('cmms', 'later answers are judged in another way')),
  rule('writes/flows/*/assumed', fine('cmms', 'a note for people')),
  ...INPUT,
];

/** Names that come and go as a whole. */
export const NAMED: readonly Rule[] = [
  rule('events/*', grows('cmms', 'subscribe to it', 'what is still sent is held as unknown')),
  rule('reads/*', grows('cmms', 'it is read too', 'what only the read brought no longer comes')),
  rule(
    'personal/*',
    grows('odoo', 'more is treated as personal', 'personal data may be treated as any other'),
  ),
  rule(
    'flows/*/columns/*',
    grows('odoo', 'a new column', 'its data are set aside; what shows it or reads it fails'),
  ),
  rule('flows/*/inputs/*/fields/*', grows('odoo', 'one more field is kept', 'the field is no longer kept')),
  rule('flows/*/inputs/*', grows('odoo', 'more is handled', 'what it handled is no longer handled')),
  rule(
    'writes',
    grows(
      'cmms',
      'the credential has to be allowed to write',
      'nothing is written any more; what waits stays',
    ),
  ),
  rule('writes/flows/*', grows('cmms', 'it is written too', 'it is no longer written; what waits stays')),
  rule('flows/*', grows('odoo', 'a new flow', 'its rows are set aside; what waits is ended')),
];

/** The first rule for a place. */
export function ruleFor(rules: readonly Rule[], place: readonly string[]): Rule | undefined {
  return rules.find(
    (item) =>
      item.place.length === place.length &&
      item.place.every((step, index) => step === '*' || step === place[index]),
  );
}

const LOSSLESS = new Set(['["integer","decimal"]', '["date","datetime"]']);

function judgeType(_sort: Sort, before: Json | undefined, after: Json | undefined): Verdict {
  const lossless = after === 'text' || LOSSLESS.has(JSON.stringify([before, after]));
  return lossless
    ? { side: 'odoo', grade: 'needs_migration', why: 'its values are converted' }
    : { side: 'odoo', grade: 'breaking', why: 'values that do not fit are set aside' };
}

/** Asking for less is harmless. */
function judgeSchema(_sort: Sort, before: Json | undefined, after: Json | undefined): Verdict {
  const old = new Set(texts(before));
  const more = texts(after).filter((text) => !old.has(text));
  return more.length === 0
    ? { side: 'cmms', grade: 'compatible', why: 'less is asked of a delivery' }
    : { side: 'cmms', grade: 'breaking', why: 'deliveries that were taken are held from now on' };
}

/** Every leaf of a document with its place. */
function texts(value: Json | undefined, place = ''): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => texts(item, `${place}/-`));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => texts(item, `${place}/${key}`));
  return [`${place}=${JSON.stringify(value)}`];
}

function holdsAll(list: Json | undefined, of: Json | undefined): boolean {
  const all = Array.isArray(list) ? (list as readonly Json[]) : [];
  return Array.isArray(of) && (of as readonly Json[]).every((item) => all.includes(item));
}
