import { Command, CommanderError } from 'commander';

import { OutputError, SpecError } from '../generator/index.ts';
import { addAgainst } from './against.ts';
import { diffCommand } from './diff.ts';
import type { DiffOptions } from './diff.ts';
import { docsCommand } from './docs.ts';
import type { DocsOptions } from './docs.ts';
import { generateCommand } from './generate.ts';
import type { GenerateOptions } from './generate.ts';
import { initCommand } from './init.ts';
import type { InitOptions } from './init.ts';
import { printOutputError, printSpecError } from './print.ts';
import type { Streams } from './print.ts';
import { releaseCommand } from './release.ts';
import type { ReleaseOptions } from './release.ts';
import { UsageError } from './spec-file.ts';
import { validateCommand } from './validate.ts';
import type { ValidateOptions } from './validate.ts';

export const FINE = 0;
export const PROBLEM = 1;
export const USAGE = 2;

const EXIT_CODES = `
Exit codes: 0 fine, 1 found a problem, 2 used wrongly.`;

/** Runs one command line. Returns the exit code; what is a bug of ours is thrown. */
export async function run(argv: readonly string[], streams: Streams): Promise<number> {
  let code = FINE;
  const program = build(streams, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? FINE : USAGE;
    if (error instanceof UsageError) {
      streams.err(`millwright: ${error.message}\n`);
      return USAGE;
    }
    const json = argv.includes('--json');
    if (error instanceof SpecError) printSpecError(error, streams, json);
    else if (error instanceof OutputError) printOutputError(error, streams, json);
    else throw error;
    return PROBLEM;
  }
}

function build(streams: Streams, done: (code: number) => void): Command {
  const program = new Command('millwright')
    .description('Turns the spec of a maintenance system into a native Odoo addon.')
    .exitOverride()
    .configureOutput({ writeOut: streams.out, writeErr: streams.err })
    .addHelpText('after', EXIT_CODES);
  program
    .command('validate')
    .description('check a spec and say everything that is wrong with it')
    .argument('<spec>', 'the spec, a YAML file')
    .option('--json', 'print the result as JSON')
    .action(async (spec: string, options: ValidateOptions) => {
      done(await validateCommand(spec, options, streams));
    });
  program
    .command('generate')
    .description('generate the addon of a spec')
    .argument('<spec>', 'the spec, a YAML file')
    .option('--out <dir>', 'folder the addon is put into', 'odoo_addon')
    .option('--lock <file>', 'the lock, when it does not stand beside the spec')
    .option('--check', 'change nothing; say what differs from a fresh generation')
    .option('--force', 'overwrite generated files that were changed by hand')
    .option('--json', 'print the result as JSON')
    .action(async (spec: string, options: GenerateOptions) => {
      done(await generateCommand(spec, options, streams));
    });
  program
    .command('release')
    .description('note that what is generated now is released: from then on a change needs a higher version')
    .argument('<spec>', 'the spec, a YAML file')
    .option('--out <dir>', 'folder the addon stands in', 'odoo_addon')
    .option('--lock <file>', 'the lock, when it does not stand beside the spec')
    .option('--json', 'print the result as JSON')
    .action(async (spec: string, options: ReleaseOptions) => {
      done(await releaseCommand(spec, options, streams));
    });
  program
    .command('diff')
    .description('judge every change from one spec to another: compatible, needs a migration, or breaking')
    .argument('<old>', 'a spec, or the contract.json of an addon')
    .argument('<new>', 'a spec, or the contract.json of an addon')
    .option('--json', 'print the result as JSON')
    .action(async (before: string, after: string, options: DiffOptions) => {
      done(await diffCommand(before, after, options, streams));
    });
  for (const command of program.commands) addAgainst(command);
  addInit(program, streams, done);
  addDocs(program, streams, done);
  return program;
}

function addDocs(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command('docs')
    .description('write the reference of the spec language, every key and every problem, from its schema')
    .option('--out <dir>', 'root of the project the page belongs to', '.')
    .option('--check', 'change nothing; say what differs from the schema')
    .action((options: DocsOptions) => {
      done(docsCommand(options, streams));
    });
}

function addInit(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command('init')
    .description('write a small spec to begin with; overwrites nothing')
    .argument('[folder]', 'folder the spec is put into', 'specs')
    .requiredOption('--code <code>', 'short name of the product: small letters, digits, underscores')
    .option('--title <title>', 'name of the product on screens; the code when left out')
    .action((folder: string, options: InitOptions) => {
      done(initCommand(folder, options, streams));
    });
}
