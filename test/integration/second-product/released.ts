import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecondLine, SPEC } from './line.ts';

/**
 * A line of a product whose first release is out, from before the tests of a describe until after them. `spec` is a copy that they may
 * change for a next release.
 */
export function useReleasedLine(database: string): { line: SecondLine; spec: string } {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-spec-'));
  const spec = join(folder, 'acme.yaml');
  copyFileSync(SPEC, spec);
  const line = new SecondLine(database, spec);

  before(async () => {
    await line.open();
    await line.generate('release');
  });
  after(async () => {
    await line.close();
    rmSync(folder, { recursive: true });
  });

  return { line, spec };
}
