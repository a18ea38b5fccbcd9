import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUN_SH = join(import.meta.dirname, '../../scripts/run.sh');

/** A checkout in miniature whose Node claims a version, and whose npm writes down how it was called. */
class Checkout {
  readonly dir = mkdtempSync(join(tmpdir(), 'millwright-run-'));

  constructor(nodeVersion: string | undefined) {
    for (const path of ['scripts', 'node_modules/.bin', 'bin'])
      mkdirSync(join(this.dir, path), { recursive: true });
    cpSync(RUN_SH, join(this.dir, 'scripts/run.sh'));
    writeFileSync(join(this.dir, 'scripts/hello.ts'), '');
    writeFileSync(join(this.dir, 'package-lock.json'), '{}');
    writeFileSync(join(this.dir, 'node_modules/.package-lock.json'), '{}');
    this.program('bin/npm', 'echo "npm $*" >&2; echo "noise on stdout"');
    if (nodeVersion !== undefined) {
      this.program(
        'node_modules/.bin/node',
        `if [ "$1" = -p ]; then echo ${nodeVersion}; else echo "ran $*"; fi`,
      );
    }
  }

  program(path: string, body: string): void {
    writeFileSync(join(this.dir, path), `#!/bin/sh\n${body}\n`);
    chmodSync(join(this.dir, path), 0o755);
  }

  run(...args: string[]): { code: number | null; stdout: string; stderr: string } {
    const env = { PATH: `${join(this.dir, 'bin')}:/usr/bin:/bin` };
    const result = spawnSync('/bin/sh', [join(this.dir, 'scripts/run.sh'), ...args], {
      encoding: 'utf8',
      env,
      cwd: '/',
    });
    return { code: result.status, stdout: result.stdout, stderr: result.stderr };
  }
}

describe('run.sh', () => {
  let checkout: Checkout;
  const make = (nodeVersion: string | undefined): Checkout => (checkout = new Checkout(nodeVersion));
  afterEach(() => {
    rmSync(checkout.dir, { recursive: true, force: true });
  });

  it('runs the command with its arguments and prints nothing itself when all is there', () => {
    const result = make('24.21.0').run('hello', '--json', 'two words');
    expect(result).to.deep.equal({ code: 0, stdout: 'ran scripts/hello.ts --json two words\n', stderr: '' });
  });

  it('accepts 22.18, the floor', () => {
    expect(make('22.18.0').run('hello').code).to.equal(0);
  });

  for (const version of ['22.17.9', '20.20.2', '9.0.0']) {
    it(`refuses Node ${version} with a sentence that says what to do`, () => {
      const result = make(version).run('hello');
      expect(result.code).to.equal(1);
      expect(result.stdout).to.equal('');
      expect(result.stderr).to.include(`found: ${version}`).and.include('allowScripts');
    });
  }

  it('tries the install script of the package node when its program is missing, then says so', () => {
    const result = make(undefined).run('hello');
    expect(result.code).to.equal(1);
    expect(result.stderr).to.include('npm rebuild node --ignore-scripts=false').and.include('found: none');
  });

  it('runs npm ci when nothing is installed, with npm kept off stdout', () => {
    make('24.21.0');
    rmSync(join(checkout.dir, 'node_modules/.package-lock.json'));
    const result = checkout.run('hello');
    expect(result.stderr).to.include('npm ci ');
    expect(result.stdout).to.equal('ran scripts/hello.ts\n');
  });

  it('runs npm install once when package-lock.json is newer than what is installed', () => {
    make('24.21.0');
    const past = new Date(Date.now() - 60_000);
    utimesSync(join(checkout.dir, 'node_modules/.package-lock.json'), past, past);
    expect(checkout.run('hello').stderr).to.include('npm install --no-save');
    expect(checkout.run('hello').stderr).to.equal('');
  });

  it('answers 2 to a missing, strange or unknown command', () => {
    make('24.21.0');
    expect(checkout.run().code).to.equal(2);
    expect(checkout.run('../hello').code).to.equal(2);
    expect(checkout.run('goodbye').code).to.equal(2);
  });
});
