import { parseArgs } from 'node:util';

export const HELP = `Millwright, everything up: maintenance callbacks become equipment, requests and posted stock moves in a real Odoo.
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

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

export interface Options {
  once: boolean;
  json: boolean;
  help: boolean;
  port: number | undefined;
  sidecarPort: number | undefined;
  database: string;
  workOrders: number;
  seed: number;
}

/** Reads the command line. Pure; throws UsageError. */
export function readOptions(argv: string[]): Options {
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
