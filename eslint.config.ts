import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { defineConfig } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * Who may import whom (docs/architecture.md §1). A folder may import itself and what stands beside it; `but` names
 * the single exceptions.
 */
const ARROWS: readonly { from: string; to: readonly string[]; but?: readonly string[] }[] = [
  { from: 'cli', to: ['generator', 'sidecar'] },
  { from: 'generator', to: [] },
  { from: 'generator/spec', to: ['generator/errors.ts'] },
  { from: 'generator/odoo', to: [] },
  { from: 'generator/model', to: ['generator/errors.ts', 'generator/odoo', 'generator/spec'] },
  { from: 'generator/render', to: ['generator/errors.ts', 'generator/model'] },
  { from: 'generator/output', to: ['generator/errors.ts'] },
  { from: 'sidecar', to: [] },
  { from: 'sidecar/spool', to: LEAVES() },
  { from: 'sidecar/sources', to: LEAVES() },
  { from: 'sidecar/http', to: [...LEAVES(), 'sidecar/sources', 'sidecar/spool'] },
  { from: 'sidecar/delivery', to: [...LEAVES(), 'sidecar/spool', 'sidecar/sources'] },
  { from: 'sidecar/pull', to: [...LEAVES(), 'sidecar/sources', 'sidecar/spool'] },
  { from: 'scripts', to: ['sidecar', 'generator', 'cli', 'test/ledger', 'bench/run.ts'] },
  { from: 'bench', to: ['sidecar', 'generator', 'scripts'] },
];
const ROOMS = ['cli', 'generator', 'sidecar', 'scripts', 'bench', 'test'];

/** Leaves of the sidecar: they import nothing of ours but errors and clock; everyone there may import them. */
function LEAVES(): string[] {
  return ['config', 'contract', 'errors', 'logger', 'clock', 'metrics', 'status', 'http-client'].map(
    (name) => `sidecar/${name}.ts`,
  );
}

function zone(target: string, from: string, except: readonly string[]) {
  return {
    target: `./${target}`,
    from: `./${from}`,
    except: except
      .filter((path) => path.startsWith(`${from}/`))
      .map((path) => `./${path.slice(from.length + 1)}`),
    message: `docs/architecture.md §1: ${target} may not import this.`,
  };
}

/** One zone for every room, or folder of the own room, that an arrow does not lead to. */
function zones() {
  return ARROWS.flatMap(({ from, to }) => {
    const [own = from] = from.split('/');
    const inner = from === own ? [] : [zone(from, own, [from, ...to])];
    const others = ROOMS.filter((room) => room !== own && !to.includes(room));
    return [...inner, ...others.map((room) => zone(from, room, to))];
  });
}

/** What the contract leaf is made of; none of them imports anything else. */
const CONTRACT_PARTS = ['defaults', 'schema', 'schema-parts', 'types', 'writes', 'writes-schema'].map(
  (name) => `./contract-${name}.ts`,
);

const leafZones = LEAVES()
  .filter((path) => existsSync(`${root}${path}`))
  .map((path) => {
    const own = `./${path.split('/')[1] ?? ''}`;
    return {
      target: `./${path}`,
      from: './sidecar',
      except: [...new Set([own, './errors.ts', './clock.ts', ...CONTRACT_PARTS])],
    };
  });

const generatorLeaf = { target: './generator/errors.ts', from: './generator', except: ['./errors.ts'] };

/** The ledger model is for `start` alone: nothing else imports anything of test. */
const ledgerZone = {
  ...zone('scripts', 'test', []),
  target: ['./scripts/!(start)/**/*', './scripts/!(start).ts'],
};

/** Only generator/render reads the templates, so no module may import from there at all. */
const templateZones = ROOMS.map((room) => zone(room, 'templates', []));

export default defineConfig(
  {
    ignores: [
      '**/*.js',
      'node_modules',
      'odoo_addon',
      'artifacts',
      ...readdirSync(root).filter((name) => name.startsWith('.')),
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: `${root}tsconfig.json` })],
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        { basePath: root, zones: [...zones(), ...leafZones, generatorLeaf, ledgerZone, ...templateZones] },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', { max: 350 }],
      eqeqeq: 'error',
    },
  },
  {
    // chai's assertions are expressions
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
);
