import type { ErrorObject } from 'ajv/dist/2020.js';

import type { Code } from '../errors.ts';
import { oneOf, show } from './report.ts';
import type { Path, Report } from './report.ts';
import { TYPE_WORDS } from './type-words.ts';

interface Params {
  readonly additionalProperty?: string;
  readonly missingProperty?: string;
  readonly allowedValues?: readonly unknown[];
  readonly allowedValue?: unknown;
  readonly type?: string | readonly string[];
  readonly limit?: number;
  readonly pattern?: string;
}

/** The place an error is about: for an unknown or badly named key the key itself. */
export function pathOf(error: ErrorObject): Path {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const params = error.params as Params;
  const key = error.keyword === 'additionalProperties' ? params.additionalProperty : error.propertyName;
  return key === undefined ? path : [...path, key];
}

/** The place that stays empty or gets a stand-in because of an error. */
export function brokenAt(error: ErrorObject): Path {
  const missing = (error.params as Params).missingProperty;
  return missing === undefined ? pathOf(error) : [...pathOf(error), missing];
}

/** Reports one violation of the schema. */
export function describe(error: ErrorObject, report: Report): void {
  const path = pathOf(error);
  const params = error.params as Params;
  const last = String(path.at(-1) ?? 'the spec');
  const parent = error.parentSchema as { properties?: object; description?: string } | undefined;
  switch (error.keyword) {
    case 'additionalProperties': {
      const names = Object.keys(parent?.properties ?? {});
      report.add('schema-unknown-key', path, {
        found: show(last),
        expected: oneOf(names),
        names,
        name: last,
        part: 'key',
      });
      return;
    }
    case 'required':
      report.add('schema-missing-key', path, {
        found: `no ${show(params.missingProperty)}`,
        expected: `the key ${show(params.missingProperty)}`,
        part: 'key',
      });
      return;
    case 'type':
      report.add('schema-type', path, { found: show(error.data), expected: oneOf(types(params.type)) });
      return;
    case 'enum': {
      const names = (params.allowedValues ?? []).map(String);
      report.add('schema-enum', path, {
        found: show(error.data),
        expected: oneOf(names),
        names,
        // An object may bring a key toString of its own: only text can be near a name.
        name: typeof error.data === 'string' ? error.data : show(error.data),
      });
      return;
    }
    default:
      describeForm(error, path, report);
  }
}

const RANGE = new Set([
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'uniqueItems',
]);

function describeForm(error: ErrorObject, path: Path, report: Report): void {
  const code: Code = RANGE.has(error.keyword) ? 'schema-range' : 'schema-format';
  const isKey = error.propertyName !== undefined;
  const about = (error.parentSchema as { description?: string } | undefined)?.description;
  const rule = error.message ?? error.keyword;
  const expected = about === undefined ? rule : `${about.replace(/\.$/, '')} (${rule})`;
  const found = isKey ? show(error.propertyName) : show(error.data);
  report.add(code, path, { found, expected, part: isKey ? 'key' : 'value' });
}

function types(type: string | readonly string[] | undefined): string[] {
  const list = typeof type === 'string' ? type.split(',') : [...(type ?? [])];
  return list.map((name) => TYPE_WORDS[name] ?? name);
}
