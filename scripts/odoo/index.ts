/** Bring-up of PostgreSQL and Odoo 19, and what start, tests and benches need of them. */
export { ourAddons, syncAddons } from './addons.ts';
export { CHROMIUM_FLAGS, ensureChromium } from './chromium.ts';
export { connectOdoo, OdooCallError, type Connection, type OdooClient } from './client.ts';
export { createEmptyDatabase, databaseExists, dropDatabase, ownDatabase } from './database.ts';
export { BringUpError } from './errors.ts';
export { existingOdoo, EXISTING_ODOO_VARIABLES, installAddonsOver } from './existing.ts';
export { parseLog, type LogSummary, type SkippedTest } from './log.ts';
export { installModules, type InstallOptions, type InstallResult } from './modules.ts';
export { ensureOdoo, installedOdoo, type OdooInstallation } from './package.ts';
export { checkout, home, runDir, ODOO_USER } from './paths.ts';
export { ensurePostgres, sql } from './postgres.ts';
export { say, step } from './progress.ts';
export { startOdoo, type OdooServer, type StartOptions } from './server.ts';
export { odooShell } from './shell.ts';
export { createDatabase, ensureTemplate, templateName, TEMPLATE_MODULES } from './template.ts';
export { lintPython, PYLINT_OFF } from './python-lint.ts';
export { lintOdoo } from './odoo-lint.ts';
export { pythonPackages, pythonTools } from './python-tools.ts';
