import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { run } from '../../cli/program.ts';

describe('millwright docs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millwright-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function call(...argv: string[]): Promise<{ code: number; out: string }> {
    let out = '';
    const add = (text: string): void => {
      out += text;
    };
    return { code: await run(['docs', '--out', folder, ...argv], { out: add, err: add }), out };
  }

  it('writes the page once, and says when it is no longer what the schema says', async () => {
    const page = join(folder, 'docs', 'spec-reference.md');
    expect(await call('--check')).to.deep.include({ code: 1 });
    expect(await call()).to.deep.equal({ code: 0, out: `wrote ${page}\n` });
    expect(readFileSync(page, 'utf8')).to.equal(readFileSync('docs/spec-reference.md', 'utf8'));
    expect(await call()).to.deep.equal({ code: 0, out: `${page}: unchanged\n` });
    expect((await call('--check')).code).to.equal(0);
    appendFileSync(page, 'by hand\n');
    const { code, out } = await call('--check');
    expect(code).to.equal(1);
    expect(out).to.include('by hand').and.to.include('run docs');
  });
});
