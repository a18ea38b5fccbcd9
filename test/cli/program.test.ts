import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { call } from '../helpers/cli.ts';
import { BASE, edit } from '../generator/helpers/specs.ts';

describe('millwright', () => {
  let folder: string;
  let spec: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millwright-'));
    spec = join(folder, 'tiny.yaml');
    writeFileSync(spec, BASE);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('says that a sound spec is sound', async () => {
    expect(await call('validate', spec)).to.include({ code: 0, err: '' });
    const { out } = await call('validate', spec, '--json');
    expect(JSON.parse(out)).to.deep.equal({
      valid: true,
      connector: 'acme',
      flows: ['machine', 'job', 'usage'],
      problems: [],
    });
  });

  it('shows place, line, mark, nearest name and remedy of each problem', async () => {
    writeFileSync(spec, edit('lane: batch', 'lane: batsh'));
    const { code, out, err } = await call('validate', spec);
    expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    expect(err.split('\n')).to.deep.equal([
      `${spec}:32:11 schema-enum flows.machine.lane: found "batsh", expected critical, standard or batch`,
      '      lane: batsh',
      '            ^',
      '  did you mean "batch"?',
      '  use one of the listed values',
      '1 problem(s) found',
      '  see docs/spec-reference.md#schema-enum',
      '',
    ]);
  });

  it('shows the line of a sample that is wrong, not that of the spec', async () => {
    writeFileSync(spec, edit('\nflows:', '\nsamples: [slip.json]\nflows:'));
    writeFileSync(join(folder, 'slip.json'), '{\n  "event": "TOOK", "payload": {},\n  "gives": []\n}\n');
    const { err } = await call('validate', spec);
    const [place, line] = err.split('\n');
    expect(place).to.include(join(folder, 'slip.json') + ':2:12 sample-unknown');
    expect(line).to.equal('    "event": "TOOK", "payload": {},');
  });

  it('gives the problems to machines', async () => {
    writeFileSync(spec, edit('lane: batch', 'lane: batsh'));
    const { code, out } = await call('validate', spec, '--json');
    expect(code).to.equal(1);
    const { problems } = JSON.parse(out) as { problems: object[] };
    expect(problems[0]).to.include({ code: 'schema-enum', line: 32, column: 11, nearest: 'batch' });
  });

  it('masks a secret in the line it shows, and obeys no control character of it', async () => {
    const secret = ['whsec', 'a3d19f0c5b7e4268'].join('_');
    writeFileSync(spec, edit('lane: batch', `lane: ${secret}\u202E`));
    const { code, err } = await call('validate', spec);
    expect(code).to.equal(1);
    expect(err).not.to.include(secret).and.not.to.include('\u202E');
  });

  it('writes nothing from a spec with a problem', async () => {
    writeFileSync(spec, edit('lane: batch', 'lane: batsh'));
    expect((await call('generate', spec, '--out', folder)).code).to.equal(1);
    expect((await call('generate', spec, '--out', folder, '--check')).code).to.equal(1);
  });

  it('generates, checks, finds a change and refuses to overwrite it', async () => {
    expect((await call('generate', spec, '--out', folder)).code).to.equal(0);
    expect((await call('generate', spec, '--out', folder)).out).to.include('0 written, 0 removed');
    expect((await call('generate', spec, '--out', folder, '--check')).code).to.equal(0);
    writeFileSync(join(folder, 'millwright_acme/__init__.py'), 'mine = 1\n');
    const checked = await call('generate', spec, '--out', folder, '--check');
    expect(checked.code).to.equal(1);
    expect(checked.out).to.include('-mine = 1\n');
    const refused = await call('generate', spec, '--out', folder);
    expect(refused.code).to.equal(1);
    expect(refused.err).to.include('output-edited').and.to.include('__init__.py');
    const { out } = await call('generate', spec, '--out', folder, '--json');
    expect(JSON.parse(out)).to.have.nested.property('error.code', 'output-edited');
    expect((await call('generate', spec, '--out', folder, '--force')).code).to.equal(0);
  });

  it('writes the lock, releases once, and then wants a higher version for another contract', async () => {
    const lock = join(folder, 'tiny.lock.json');
    expect((await call('release', spec, '--out', folder)).err).to.include('lock-stale');
    await call('generate', spec, '--out', folder);
    expect((await call('release', spec, '--out', folder)).out).to.include('millwright_acme 1.0.0: released');
    expect((await call('release', spec, '--out', folder)).out).to.include('was released before');
    expect((await call('generate', spec, '--out', folder, '--check')).code).to.equal(0);
    writeFileSync(spec, edit('lane: batch', 'lane: critical'));
    expect((await call('generate', spec, '--out', folder)).err).to.include('version-not-raised');
    writeFileSync(lock, '{}');
    expect((await call('generate', spec, '--out', folder)).err).to.include('lock-broken');
  });

  it('finds a lock that is missing or was changed', async () => {
    await call('generate', spec, '--out', folder);
    writeFileSync(join(folder, 'tiny.lock.json'), readFileSync(join(folder, 'tiny.lock.json'), 'utf8') + ' ');
    expect((await call('generate', spec, '--out', folder, '--check')).out).to.include('changed: ');
    rmSync(join(folder, 'tiny.lock.json'));
    expect((await call('generate', spec, '--out', folder, '--check')).out).to.include('missing: ');
  });

  it('minds no reader that stops reading', () => {
    const main = new URL('../../cli/main.ts', import.meta.url).pathname;
    const line = `"${process.execPath}" "${main}" generate "${spec}" --out "${folder}/out" | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
    expect({ stdout, stderr }).to.deep.equal({ stdout: '0\n', stderr: '' });
  });

  it('judges the changes between two specs, by its exit code too', async () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(other, edit('title: Jobs', 'title: Work'));
    expect(await call('diff', spec, spec)).to.include({ code: 0, out: 'no change\n' });
    const fine = await call('diff', spec, other);
    expect(fine.code).to.equal(0);
    expect(fine.out).to.include('compatible (odoo) flows.job.title: "Jobs" became "Work"');
    writeFileSync(other, edit('type: integer', 'type: text'));
    const { code, out } = await call('diff', spec, other, '--json');
    expect(code).to.equal(1);
    expect(JSON.parse(out)).to.have.property('verdict', 'needs_migration');
    writeFileSync(other, 'x');
    expect((await call('diff', spec, other)).code).to.equal(1);
    expect((await call('diff', spec)).code).to.equal(2);
    expect((await call('diff', spec, join(folder, 'none.yaml'))).code).to.equal(2);
  });

  it('refuses a file that cannot be read and a call that is wrong', async () => {
    expect(await call('validate', join(folder, 'none.yaml'))).to.include({ code: 2, out: '' });
    expect((await call('validate', folder)).code).to.equal(2);
    expect((await call('validate')).code).to.equal(2);
    expect((await call('validate', spec, '--jsno')).code).to.equal(2);
    expect((await call('no-such-command')).code).to.equal(2);
    expect((await call('--help')).code).to.equal(0);
  });
});
