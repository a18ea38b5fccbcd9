import { ESLint } from 'eslint';
import { expect } from 'chai';

/** Each line is an import that must not be; the file it would stand in is named first. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['generator/errors.ts', './index.ts'],
  ['generator/spec/load.ts', '../model/kinds.ts'],
  ['generator/model/build.ts', '../render/engine.ts'],
  ['generator/render/engine.ts', '../output/write.ts'],
  ['generator/output/write.ts', '../spec/load.ts'],
  ['generator/index.ts', '../sidecar/errors.ts'],
  ['generator/index.ts', '../test/helpers/samples.ts'],
  ['generator/index.ts', '../cli/program.ts'],
  ['sidecar/app.ts', '../generator/index.ts'],
  ['sidecar/errors.ts', './contract.ts'],
  ['sidecar/spool/types.ts', '../delivery/dispatcher.ts'],
  ['sidecar/sources/source.ts', '../http/errors.ts'],
  ['cli/program.ts', '../scripts/odoo/index.ts'],
  ['scripts/odoo/index.ts', '../../test/helpers/samples.ts'],
  ['scripts/odoo/index.ts', '../../test/ledger/index.ts'],
  ['scripts/check.ts', '../test/ledger/index.ts'],
  ['scripts/start/report.ts', '../../test/helpers/samples.ts'],
];
const ALLOWED: readonly (readonly [string, string])[] = [
  ['generator/model/build.ts', '../spec/types.ts'],
  ['cli/program.ts', '../generator/index.ts'],
  ['scripts/start/report.ts', '../../test/ledger/index.ts'],
  ['scripts/start.ts', '../test/ledger/index.ts'],
  ['sidecar/delivery/dispatcher.ts', '../errors.ts'],
];

describe('the import arrows', function () {
  this.timeout(60_000);
  const eslint = new ESLint({
    // the rule needs no types, and the types of everything take long
    overrideConfig: {
      languageOptions: { parserOptions: { projectService: false } },
    },
    ruleFilter: ({ ruleId }) => ruleId === 'import-x/no-restricted-paths',
  });
  const refused = async (file: string, target: string): Promise<boolean> => {
    const [result] = await eslint.lintText(`export * from '${target}';\n`, { filePath: file });
    return result?.messages.some((message) => message.ruleId === 'import-x/no-restricted-paths') ?? false;
  };

  for (const [file, target] of FORBIDDEN) {
    it(`refuse ${target} in ${file}`, async () => {
      expect(await refused(file, target)).to.equal(true);
    });
  }
  for (const [file, target] of ALLOWED) {
    it(`allow ${target} in ${file}`, async () => {
      expect(await refused(file, target)).to.equal(false);
    });
  }
});
