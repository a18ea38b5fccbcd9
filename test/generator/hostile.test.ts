import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { OutputError, write } from '../../generator/index.ts';
import { BASE, edit, generateText, problemsOf } from './helpers/specs.ts';

const codes = (text: string): string[] => problemsOf(text).map(({ code }) => code);

describe('what YAML can do and a spec may not', () => {
  it('merges nothing: << is a key like any other, and none that is known', () => {
    expect(codes(edit('title: Jobs', '<<: { title: Jobs }'))).to.include('schema-unknown-key');
    expect(codes(edit('title: Jobs', '<<: *other\n    title: Jobs'))).to.include('yaml-alias');
  });

  for (const tag of [
    '!!js/function',
    '!!python/object/apply:os.system',
    '!!binary',
    '!!set',
    '!!str',
    '!!timestamp',
    '!x',
    '!<tag:x>',
  ])
    it(`makes nothing of a tag: ${tag}`, () => {
      expect(codes(edit('title: Jobs', `title: ${tag} Jobs`)).join()).to.match(/yaml-(tag|syntax)/);
    });

  it('takes one document, without directives that change what follows', () => {
    expect(codes(`${BASE}---\n${BASE}`)).not.to.deep.equal([]);
    expect(codes(`%TAG ! tag:x,2000:\n---\n${edit('title: Jobs', 'title: !x Jobs')}`)).not.to.deep.equal([]);
  });

  it('reads YAML 1.2 words as texts: yes, no, on, 1_000, 0b1 and dates', () => {
    for (const word of ['yes', 'no', 'on', 'off', '1_000', '0b1', '2026-01-31', '12:30:45']) {
      const { files } = generateText(edit('title: Jobs', `title: ${word}`));
      expect(files.get('views/menus.xml'), word).to.include(`name="${word}"`);
    }
  });
});

describe('how a spec may be encoded', () => {
  it('is UTF-8, with or without the mark at its start, and with the line ends of any system', () => {
    const { files } = generateText(BASE);
    for (const text of [`\ufeff${BASE}`, BASE.replaceAll('\n', '\r\n')])
      expect([...generateText(text).files]).to.deep.equal([...files]);
  });

  for (const encoding of ['utf16le', 'latin1'] as const)
    it(`is not ${encoding}: refused at a place`, () => {
      const text = Buffer.from(edit('title: Jobs', 'title: Jöbs'), encoding).toString('utf8');
      const [problem] = problemsOf(text);
      expect(problem).to.deep.include({ code: 'file-encoding', line: 1, column: 1 });
    });
});

describe('where an addon may be written', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millwright-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is below its folder, whatever a spec is called or says', () => {
    const text = JSON.stringify('../../../x\\..\\y');
    const { files } = generateText(edit('title: Machines', `title: ${text}`));
    for (const path of files.keys())
      expect(path)
        .to.match(/^[\w.-]+(\/[\w.-]+)*$/)
        .and.not.include('..');
  });

  it('is never behind a link: of the folder, of a folder in it, of a file, of the list', () => {
    const secret = join(folder, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'kept'), 'kept');
    const files = new Map([
      ['a.py', 'new'],
      ['views/b.xml', 'new'],
    ]);
    const attempts: Record<string, (out: string) => void> = {
      'the folder': (out) => {
        symlinkSync(secret, out);
      },
      'a folder in it': (out) => {
        mkdirSync(out);
        symlinkSync(secret, join(out, 'views'));
      },
      'a file': (out) => {
        mkdirSync(out);
        symlinkSync(join(secret, 'kept'), join(out, 'a.py'));
      },
      'a file that is not there': (out) => {
        mkdirSync(out);
        symlinkSync(join(secret, 'made'), join(out, 'a.py'));
      },
      'the list': (out) => {
        mkdirSync(out);
        symlinkSync(join(secret, 'kept'), join(out, '.generated.json'));
      },
    };
    for (const [index, [name, attempt]] of Object.entries(attempts).entries()) {
      const out = join(folder, `out${String(index)}`);
      attempt(out);
      expect(() => write(out, files, true), name).to.throw(OutputError);
      expect(readdirSync(secret), name).to.deep.equal(['kept']);
      expect(readFileSync(join(secret, 'kept'), 'utf8'), name).to.equal('kept');
    }
  });
});
