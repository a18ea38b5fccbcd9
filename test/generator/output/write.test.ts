import {
  chmodSync,
  existsSync,
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

import { OutputError, compare, write } from '../../../generator/index.ts';

const FIRST = new Map([
  ['a.py', 'one\n'],
  ['views/b.xml', 'two\n'],
]);
const SECOND = new Map([['a.py', 'other\n']]);

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'nothing thrown';
  } catch (error) {
    if (error instanceof OutputError) return error.code;
    throw error;
  }
}

describe('write', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millwright-'));
    write(folder, FIRST);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

  it('writes nothing on a second run', () => {
    expect(write(folder, FIRST)).to.deep.equal({ written: [], removed: [], unchanged: 3 });
  });

  it('prunes what it wrote and no longer makes, with the folder that gets empty', () => {
    expect(write(folder, SECOND).removed).to.deep.equal(['views/b.xml']);
    expect(existsSync(join(folder, 'views'))).to.equal(false);
  });

  it('refuses to overwrite a file changed by hand, and changes nothing then', () => {
    writeFileSync(join(folder, 'a.py'), 'mine\n');
    expect(codeOf(() => write(folder, SECOND))).to.equal('output-edited');
    expect(read('a.py')).to.equal('mine\n');
    expect(existsSync(join(folder, 'views/b.xml'))).to.equal(true);
  });

  it('refuses to prune a file changed by hand', () => {
    writeFileSync(join(folder, 'views/b.xml'), 'mine\n');
    expect(codeOf(() => write(folder, SECOND))).to.equal('output-edited');
  });

  it('overwrites a file changed by hand when it is forced to', () => {
    writeFileSync(join(folder, 'a.py'), 'mine\n');
    write(folder, SECOND, true);
    expect(read('a.py')).to.equal('other\n');
  });

  it('brings back a file that was removed by hand', () => {
    rmSync(join(folder, 'a.py'));
    expect(write(folder, FIRST).written).to.deep.equal(['a.py']);
  });

  it('never touches a file it did not write, even when it is forced to', () => {
    writeFileSync(join(folder, 'c.py'), 'mine\n');
    const more = new Map([...FIRST, ['c.py', 'ours\n']]);
    expect(codeOf(() => write(folder, more))).to.equal('output-foreign');
    expect(codeOf(() => write(folder, more, true))).to.equal('output-foreign');
    write(folder, SECOND);
    expect(read('c.py')).to.equal('mine\n');
  });

  it('does not follow a link out of the folder', () => {
    const other = mkdtempSync(join(tmpdir(), 'millwright-'));
    rmSync(join(folder, 'views'), { recursive: true });
    symlinkSync(other, join(folder, 'views'));
    expect(codeOf(() => write(folder, FIRST))).to.equal('output-path');
    rmSync(other, { recursive: true });
  });

  it('refuses a list of generated files that points outside or cannot be read', () => {
    for (const list of ['{"files":{"../x":"0"}}', '{"files":{"/etc/x":"0"}}', '{', '[]', 'null']) {
      writeFileSync(join(folder, '.generated.json'), list);
      expect(codeOf(() => write(folder, SECOND))).to.equal('output-manifest');
    }
  });

  it('puts everything back when a step fails, and leaves nothing behind', function () {
    if (process.getuid?.() === 0) {
      // root may write anywhere: a folder in the place of a file fails for everyone
      const blocked = new Map([...SECOND, ['a.py/inner.py', 'x\n']]);
      expect(() => write(folder, blocked)).to.throw();
    } else {
      mkdirSync(join(folder, 'locked'));
      chmodSync(join(folder, 'locked'), 0o500);
      expect(() => write(folder, new Map([...SECOND, ['locked/x.py', 'x\n']]))).to.throw();
    }
    expect(read('a.py')).to.equal('one\n');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
  });
});

describe('compare', () => {
  it('says what is missing, changed and too much, with the lines that differ', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millwright-'));
    write(folder, FIRST);
    expect(compare(folder, FIRST)).to.deep.equal([]);
    writeFileSync(join(folder, 'a.py'), 'one\nmine\n');
    rmSync(join(folder, 'views/b.xml'));
    writeFileSync(join(folder, 'c.py'), '');
    mkdirSync(join(folder, '__pycache__'));
    writeFileSync(join(folder, '__pycache__/a.pyc'), '');
    expect(compare(folder, FIRST)).to.deep.equal([
      { path: 'a.py', kind: 'changed', lines: ['@@ line 1', ' one', '-mine'] },
      { path: 'c.py', kind: 'extra', lines: [] },
      { path: 'views/b.xml', kind: 'missing', lines: [] },
    ]);
    rmSync(folder, { recursive: true });
  });

  it('shows one changed line of a long file as one, with what stands around it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millwright-'));
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${String(index + 1)}`);
    const text = (changes: Readonly<Record<number, string>>): Map<string, string> =>
      new Map([['a.txt', `${lines.map((line, index) => changes[index + 1] ?? line).join('\n')}\n`]]);
    write(folder, text({}));
    const [changed, list] = compare(folder, text({ 1_500: 'one', 2_900: 'two' })).reverse();
    expect(changed?.lines).to.deep.equal([
      ...['@@ line 1498', ' line 1498', ' line 1499', '-line 1500', '+one', ' line 1501', ' line 1502'],
      ...['@@ line 2898', ' line 2898', ' line 2899', '-line 2900', '+two', ' line 2901', ' line 2902'],
    ]);
    expect(list).to.deep.equal({ path: '.generated.json', kind: 'changed', lines: [] });
    rmSync(folder, { recursive: true });
  });
});
