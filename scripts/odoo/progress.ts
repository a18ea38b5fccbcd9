/** Everything printed here goes to stderr: stdout belongs to the result (`--json`). */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Announces a long step, runs it and prints how many seconds it took, also when it fails. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(1);
  say(`• ${label} …`);
  try {
    const result = await work();
    say(`  done in ${seconds()} s`);
    return result;
  } catch (error) {
    say(`  failed after ${seconds()} s`);
    throw error;
  }
}
