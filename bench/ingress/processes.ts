import { spawn, type ChildProcess } from 'node:child_process';

export interface ServerProcess {
  port: number;
  stop(): Promise<void>;
}

/** Starts a server that says `{"message":"listening","port":…}` on a line of its standard output. */
export function startServer(script: string, args: string[], env: NodeJS.ProcessEnv): Promise<ServerProcess> {
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
    }),
  );
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return new Promise((resolve, reject) => {
    let text = '';
    let found = false;
    child.stdout.on('data', (chunk: Buffer) => {
      if (found) return; // logs of the run: nobody reads them, but the pipe must not fill
      text += chunk.toString();
      const line = text.split('\n').find((l) => l.includes('"listening"') && l.endsWith('}'));
      if (line === undefined) return;
      found = true;
      resolve({ port: (JSON.parse(line) as { port: number }).port, stop });
    });
    void ended.then(() => {
      reject(new Error(`${script} ended before it listened`));
    });
  });
}

/** Runs a script to its end and gives the last line it printed, parsed. */
export async function runScript(script: string, args: string[]): Promise<unknown> {
  const child: ChildProcess = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}
