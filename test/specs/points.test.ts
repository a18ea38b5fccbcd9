import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

interface Point {
  readonly number: number;
  readonly keys: readonly string[];
  readonly shown: readonly { readonly file: string; readonly title: string }[];
}

/** The rows of the table: number, keys, and the file and title of each test. */
function readPoints(): Point[] {
  const lines = readFileSync('docs/spec-language.md', 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, number = '', , keys = '', shown = ''] = line.split('|');
    return /^ \d+ $/.test(number)
      ? [{ number: Number(number), keys: ticked(keys), shown: tests(shown) }]
      : [];
  });
}

function ticked(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key);
}

function tests(cell: string): { file: string; title: string }[] {
  return cell.split('; ').flatMap((part) => {
    const [, path = ''] = /\]\(([^)]+)\)/.exec(part) ?? [];
    return [...part.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file: join('docs', path), title }));
  });
}

describe('the points of the language', () => {
  const points = readPoints();

  it('are the 31, each with its keys and its tests', () => {
    expect(points.map(({ number }) => number)).to.deep.equal(Array.from({ length: 31 }, (_, i) => i + 1));
    expect(points.filter(({ keys, shown }) => keys.length === 0 || shown.length === 0)).to.deep.equal([]);
  });

  it('name keys that the reference has', () => {
    const page = readFileSync('docs/spec-reference.md', 'utf8');
    const places = [...page.matchAll(/^\| `([^`]+)` \|/gm)].flatMap(([, place = '']) =>
      place.split(/[.[\]]+/),
    );
    const gone = points.flatMap(({ keys }) => keys.filter((key) => !places.includes(key)));
    expect(gone).to.deep.equal([]);
  });

  it('name tests that exist', () => {
    const gone = points.flatMap(({ number, shown }) =>
      shown
        .filter(({ file, title }) => !holds(file, title))
        .map(({ file, title }) => `${String(number)}: ${file} “${title}”`),
    );
    expect(gone).to.deep.equal([]);
  });
});

/** A title stands in its file as one text, whatever quotes it. */
function holds(file: string, title: string): boolean {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote}`));
}
