import fc from 'fast-check';

import { maskSecrets } from '../../../generator/index.ts';

/** Texts that mean something to a language that a spec is written into, or that people read otherwise than machines do. */
const HOSTILE = [
  ...['"', "'", '\\', '\\n', '\\"', '"""', "'''", '`id`', '$(id)', '${x}', '$1', '#', '//', '/*', '--', ';'],
  ...[
    '{{ 7 * 7 }}',
    '{% for a in b %}',
    '{%- endfor %}',
    '{{',
    '}}',
    '{',
    '}',
    '{}',
    '{0}',
    '%',
    '%s',
    '%%',
    '%(x)s',
  ],
  ...[
    '<!--',
    '-->',
    ']]>',
    '<![CDATA[',
    '<?xml',
    '&amp;',
    '&',
    '<',
    '</record>',
    '<field name="x"/>',
    '<t t-esc="x"/>',
  ],
  ...[
    '=1+1',
    '@x',
    '-1',
    '+1',
    ',',
    ', ',
    '|',
    '| a |',
    '[a](b)',
    '* x',
    ': x',
    '- x',
    '? x',
    '!x',
    '&x',
    '*x',
    '> x',
  ],
  ...[
    'null',
    'true',
    '~',
    'no',
    '0x10',
    '1e3',
    '1.0',
    '.nan',
    '<<',
    'None',
    'False',
    'self',
    'constructor',
    '__proto__',
  ],
  ...['(a+)+$', '^', 'DROP TABLE x', "' OR 1=1 --", '../../x', 'C:\\x', 'msgid ""', 'msgstr "x"', '#, fuzzy'],
  ...[
    '\u00df\u4e2d',
    '\ud83d\ude00',
    '\u202Eabc\u202C',
    '\u200b',
    '\u0301',
    '\u05e9\u05dc\u05d5\u05dd',
    '\u0639\u0631\u0628',
    '\ufb01',
  ],
  ...['\u00a0', '\u3000', '\ufeff', ' x', 'x ', 'W'.repeat(40)],
];

/** Text of a spec's author: anything that the schema takes and that looks like no secret. */
export function anyText(maxLength = 60): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme', maxLength: 12 })), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => Array.from(parts.join('')).slice(0, maxLength).join(''))
    .filter(isText);
}

/** Text that a person could read: one blank in it at least is none. */
export const title = anyText();

function isText(text: string): boolean {
  return (
    /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd\ufffe\uffff]+$/.test(text) &&
    text.isWellFormed() &&
    maskSecrets(text) === text
  );
}

/** A name that becomes part of an identifier; the first letter keeps reserved words away. */
export const word = fc
  .stringMatching(/^[a-z][a-z0-9]{0,6}(_[a-z0-9]{1,4})?$/)
  .map((text) => `q${text}`)
  // what somebody did is taken for a person
  .filter((text) => !text.endsWith('_by'));

/** No word of its own stands in a step: a name that looks like a person's would have to be tagged. */
const step = fc.oneof(
  word,
  fc.stringMatching(/^[a-z0-9]{0,9}$/).map((text) => `k${text}`),
  fc.stringMatching(/^[CDGHJKQVWXZ0-9_$@-]{0,5}$/).map((text) => `$${text}`),
  fc.nat(12).map(String),
);

export function path(scope: string): fc.Arbitrary<string> {
  return fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => [scope, 'k', ...steps].join('.'));
}

const filter = fc.constantFrom(
  'trim',
  'upper',
  'lower',
  'strip_zeros',
  'before=-',
  "after='",
  'after="',
  'before= ',
);

/** Paths with text around them. */
function template(scope: string): fc.Arbitrary<string> {
  const part = fc.tuple(path(scope), fc.array(filter, { maxLength: 2 }));
  const between = anyText(6).map((text) => text.replaceAll(/[{}]/g, ''));
  return fc
    .array(fc.tuple(between, part), { minLength: 1, maxLength: 2 })
    .map((list) => list.map(([text, [one, filters]]) => `${text}{${[one, ...filters].join('|')}}`).join(''));
}

/** A path, several of which the first that is there counts, or a template. */
export function source(scope: string): fc.Arbitrary<unknown> {
  return fc.oneof(path(scope), fc.uniqueArray(path(scope), { minLength: 1, maxLength: 3 }), template(scope));
}
