import { edit } from '../helpers/specs.ts';
import type { Row } from './invalid.ts';

const PATH = 'samples/taken.json';
const LISTED = `samples: [${PATH}]\n`;

/** The base with one sample, which shows one input of three. */
const text = edit('\nflows:', `\n${LISTED}flows:`);

const TAKEN = `{
  "event": "TAKEN",
  "payload": { "slip": "1", "order": "9", "part": "88", "count": 2, "at": "2026-09-01T08:00:00Z" },
  "gives": [
    {
      "flow": "usage",
      "input": "taken",
      "operation": "post",
      "fields": { "work_order": "9", "part": "88", "quantity": "2", "unit": null }
    }
  ]
}
`;

const inside = (what: string, from: string, to: string, nearest?: string): Row => ({
  code: 'sample-unknown',
  what: `a sample with ${what}`,
  text,
  samples: { [PATH]: TAKEN.replace(from, to) },
  ...(nearest === undefined ? {} : { nearest }),
});

export const OF_SAMPLES: readonly Row[] = [
  {
    code: 'sample-missing',
    what: 'a sample that is not there',
    text: text.replace(PATH, `§${PATH}`),
  },
  inside('an event of nothing', '"TAKEN"', '§"TOKEN"', 'TAKEN'),
  inside('a flow of nothing', '"usage"', '§"usages"', 'usage'),
  inside('an input that does not listen to the event', '"taken"', '§"saved"'),
  inside('an operation of another role', '"post"', '§"upsert"'),
  inside(
    'a field of nothing',
    '"part": "88", "quantity"',
    '"§parts": "88", "quantity"'.replace('"§', '§"'),
    'part',
  ),
  {
    code: 'sample-gap',
    what: 'an input without a sample',
    text: text.replace('      saved:', '      §saved:'),
    samples: { [PATH]: TAKEN },
  },
  {
    code: 'sample-gap',
    what: 'a mapping without a sample',
    text: text.replace('      serial_no: { from', '      §serial_no: { from'),
    samples: { [PATH]: TAKEN },
  },
  {
    code: 'schema-type',
    what: 'a sample with a number for a canonical text',
    text,
    samples: { [PATH]: TAKEN.replace('"quantity": "2"', '"quantity": §2') },
  },
  {
    code: 'schema-missing-key',
    what: 'a sample that gives nothing to expect',
    text,
    samples: { [PATH]: '§{ "event": "TAKEN", "payload": {} }' },
  },
  {
    code: 'secret-in-spec',
    what: 'a sample with a secret',
    text,
    samples: {
      [PATH]: TAKEN.replace('"slip": "1"', `"slip": "§${['whsec', 'a3d19f0c5b7e4268'].join('_')}"`),
    },
  },
  {
    code: 'name-duplicate',
    what: 'two samples of one name',
    text: text.replace(PATH, `${PATH}, §samples/other/taken.json`),
    samples: { [PATH]: TAKEN, 'samples/other/taken.json': TAKEN },
  },
];
