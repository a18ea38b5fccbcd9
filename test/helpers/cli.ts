import { run } from '../../cli/program.ts';

/** Runs the command line within this process; what it said, and its exit code. */
export async function call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(argv, { out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}
