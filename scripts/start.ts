import {
  ensureTemplate,
  existingOdoo,
  BringUpError,
  connectOdoo,
  installAddonsOver,
  step,
} from './odoo/index.ts';
import { generateConnector } from './start/generate.ts';
import { ADDONS, Line } from './start/line.ts';
import { HELP, readOptions, UsageError, type Options } from './start/options.ts';
import { describe } from './start/print.ts';
import type { Report } from './start/report.ts';
import { playShift } from './start/run.ts';

async function openLine(options: Options): Promise<Line> {
  const existing = existingOdoo(process.env);
  await step('Generating the connector from specs/atlas.yaml', () => generateConnector('specs/atlas.yaml'));
  const common = {
    name: options.database,
    mode: 'once' as const,
    ...(options.sidecarPort === undefined ? {} : { sidecarPort: options.sidecarPort }),
  };
  if (existing === undefined) {
    await ensureTemplate();
    const odoo = options.port === undefined ? {} : { port: options.port };
    return step('Starting Odoo, a plant in it, and the sidecar', () => Line.open({ ...common, odoo }));
  }
  await installAddonsOver(await connectOdoo(existing), [...ADDONS]);
  const backendCode = `plant-atlas-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`; // a backend takes an event once
  return step('Setting up a plant in your Odoo, and the sidecar', () =>
    Line.attach(existing, { ...common, backendCode }),
  );
}

function print(report: Report, line: Line, options: Options): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { url, db, user } = line.connection;
  const login = line.server === undefined ? user : 'admin, password admin';
  process.stdout.write(
    `${describe(report, { odoo: url, database: db, login, sidecar: line.sidecar.url })}\n`,
  );
}

/** Ctrl-C before the summary ends at once, and what we started ends with us; after it, it ends in order. */
let onInterrupt = (): void => process.exit(130);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    onInterrupt();
  });
}

async function untilInterrupted(): Promise<void> {
  process.stderr.write('Running. Ctrl-C ends it.\n');
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    onInterrupt = resolve;
  });
  clearInterval(alive);
}

async function main(): Promise<number> {
  const startedAt = Date.now();
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const line = await openLine(options);
  try {
    const report = await playShift(line, { ...options, startedAt });
    print(report, line, options);
    if (!options.once) await untilInterrupted();
    return report.lost + report.double + report.wrong_stock + report.dead === 0 ? 0 : 1;
  } finally {
    await line.close();
  }
}

/** A problem a person can do something about is one sentence; a bug keeps its stack. */
try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message} See npm start -- --help.\n`);
    process.exitCode = 2;
  } else {
    const expected =
      error instanceof BringUpError || (error instanceof Error && error.name === 'NotDrainedError');
    process.stderr.write(
      `${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
