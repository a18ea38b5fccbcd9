import { STAGES } from './test/stages.ts';
import { failed, type Tally } from './test/tally.ts';
import { say } from './odoo/index.ts';

/** `npm run check`: what to run before each commit. No Odoo, no network. */
const FAST = ['types', 'lint', 'drift', 'unit', 'python'];

let failures = 0;
for (const stage of STAGES.filter(({ name }) => FAST.includes(name))) {
  const tally = await stage.run().catch((error: unknown): Tally => failed(stage.name, error));
  failures += tally.failures.length;
  say(`${tally.failures.length === 0 ? '✓' : '✗'} ${stage.title} (${tally.passed} passed)`);
  for (const failure of tally.failures) say(`  ${failure}`);
}
process.exitCode = failures === 0 ? 0 : 1;
