import { parseArgs } from 'node:util';
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runDir, say } from './odoo/index.ts';
import { failed, NOTHING, plus, type Tally } from './test/tally.ts';
import { STAGES } from './test/stages.ts';

const HELP = `Usage: npm test [-- STAGE …]

Sets up what the tests need (packages, PostgreSQL, Odoo 19, browser) and runs all stages, or those named:
${STAGES.map(({ name, title }) => `  ${name.padEnd(12)} ${title}`).join('\n')}

Ends with a line "N passed, N failed". Exit codes: 0 all passed, 1 something failed, 2 used wrongly.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', short: 'h', default: false } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const unknown = positionals.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    say(`Unknown stage: ${unknown.join(', ')}.\n\n${HELP}`);
    return 2;
  }
  const chosen = STAGES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  let total = NOTHING;
  const lines: string[] = [];
  for (const stage of chosen) {
    const started = performance.now();
    say(`\n■ ${stage.title}`);
    const tally = await stage.run().catch((error: unknown): Tally => failed(stage.name, error));
    total = plus(total, tally);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    lines.push(
      `${stage.name.padEnd(12)} ${String(tally.passed).padStart(4)} passed ${String(tally.failures.length).padStart(3)} failed  ${seconds} s`,
    );
    for (const failure of tally.failures) say(`  ✗ ${failure}`);
  }
  const result = `${total.passed} passed, ${total.failures.length} failed`;
  const failures = total.failures.map((failure) => `✗ ${failure}`);
  mkdirSync(runDir, { recursive: true });
  writeFileSync(join(runDir, 'test-result.txt'), `${result}\n`);
  process.stdout.write(`\n${[...lines, ...failures, '', result].join('\n')}\n`);
  return total.failures.length === 0 ? 0 : 1;
}

process.exitCode = await main();
