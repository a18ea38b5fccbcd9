#!/usr/bin/env node
import { run } from './program.ts';

// whoever reads may stop reading, as `head` does: what is said then is for nobody, and no fault
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

const code = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
// a server that never answers keeps its connection, and the connection would keep the process: Odoo's client cannot be stopped
process.stdout.write('', () => {
  process.stderr.write('', () => process.exit(code));
});
