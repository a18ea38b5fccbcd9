import { readFileSync } from 'node:fs';

import { expect } from 'chai';

interface Lock {
  readonly packages: Record<string, { readonly hasInstallScript?: boolean }>;
}

const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  allowScripts: Record<string, boolean>;
};
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;

describe('an installation of the npm packages', () => {
  it('runs the install script of the package node and no other', () => {
    const wanting = Object.entries(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.split('node_modules/').at(-1));
    expect(Object.keys(allowScripts).sort(), 'each one is decided about').to.deep.equal(
      [...new Set(wanting)].sort(),
    );
    const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] !== false);
    expect(allowed).to.deep.equal(['node']);
  });
});
