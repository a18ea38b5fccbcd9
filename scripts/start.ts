import { parseArgs } from 'node:util';
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
import { describe } from './start/print.ts';
import type { Report } from './start/report.ts';
import { playShift } from './start/run.ts';

const HELP = `Millwright, everything up: maintenance callbacks become equipment, requests and posted stock moves in a real Odoo.
Usage: npm start [-- options]

  --once             end when everything is worked off, instead of running until Ctrl-C
  --json             print the summary as one JSON object
  --port N           port of Odoo (default: a free one)
  --sidecar-port N   port of the sidecar (default: a free one)
  --database NAME    database to make anew (default millwright_demo)
  --work-orders N    size of the generated shift (default 52: about 480 callbacks)
  --seed N           another shift (default 1)
  --help

Without an Odoo, one is brought up (Debian, as root). To use one that exists, set MILLWRIGHT_ODOO_URL, MILLWRIGHT_ODOO_DATABASE,
MILLWRIGHT_ODOO_USER and MILLWRIGHT_ODOO_PASSWORD; our addons must be in its addons path.
Exit codes: 0 fine, 1 something was lost, double or failed, 2 used wrongly.`;

class UsageError extends Error {}

interface Options {
  once: boolean;
  json: boolean;
  help: boolean;
  port: number | undefined;
  sidecarPort: number | undefined;
  database: string;
  workOrders: number;
  seed: number;
}

function readOptions(argv: string[]): Options {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        port: { type: 'string' },
        'sidecar-port': { type: 'string' },
        database: { type: 'string', default: 'millwright_demo' },
        'work-orders': { type: 'string', default: '52' },
        seed: { type: 'string', default: '1' },
      },
    });
    return {
      ...{ once: values.once, json: values.json, help: values.help, database: values.database },
      port: values.port === undefined ? undefined : whole('--port', values.port, 65_535),
      sidecarPort:
        values['sidecar-port'] === undefined
          ? undefined
          : whole('--sidecar-port', values['sidecar-port'], 65_535),
      workOrders: whole('--work-orders', values['work-orders'], 5_000),
      seed: whole('--seed', values.seed, 2 ** 32 - 1),
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new UsageError(`${name} takes a whole number from 1 to ${max}, not "${text}".`);
}

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

async function untilInterrupted(): Promise<void> {
  process.stderr.write('Running. Ctrl-C ends it.\n');
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
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
