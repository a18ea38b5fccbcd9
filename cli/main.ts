#!/usr/bin/env node
import { run } from './program.ts';

const code = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
// a server that never answers keeps its connection, and the connection would keep the process: Odoo's client cannot be stopped
process.stdout.write('', () => {
  process.stderr.write('', () => process.exit(code));
});
