/** `npm run bench -- <name> [--quick]`: each bench measures subject and peers in one run and ends with one JSON line. */
const BENCHES = [
  'ingress',
  'accept',
  'posting',
  'runners',
  'requests',
  'delay',
  'queue-job',
  'growth',
  'generate',
] as const;

interface Bench {
  run(args: readonly string[]): Promise<void>;
}

/** Sets the exit code: 2 used wrongly, 1 the bench failed. */
export async function runBench(argv: readonly string[]): Promise<void> {
  const name = BENCHES.find((known) => known === argv[0]);
  if (name === undefined) {
    process.stderr.write(`usage: npm run bench -- <${BENCHES.join('|')}> [--quick]\n`);
    process.exitCode = 2;
    return;
  }
  const bench = (await import(new URL(`./${name}.ts`, import.meta.url).href)) as Bench;
  await bench.run(argv.slice(1));
}
