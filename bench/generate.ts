import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { specOf } from './generate/spec.ts';
import { isQuick, measureFsync, median } from './measure.ts';

/*
 * `millwright generate` into an empty folder, against a script that parses the same YAML and writes the same files. Each run is a process
 * of its own; what the same process needs to start and do nothing is taken off. Fails when the two folders differ, or a limit is missed.
 */
const ROOT = new URL('../', import.meta.url).pathname;
const CLI = join(ROOT, 'cli/main.ts');
const PEER = join(ROOT, 'bench/generate/peer.ts');
const SIZES = [10, 100, 1000] as const;
const MAX_GROWTH = 1.2;
const MAX_RATIO = 2;

type Times = Record<'subject' | 'read_write', number>;

export function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const rounds = quick ? 3 : 9;
  mkdirSync(join(ROOT, '.run'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.run', 'bench-generate-'));
  try {
    const fsyncMs = measureFsync(join(folder, 'fsync'));
    const works = SIZES.map((size) => prepare(folder, size));
    const times = measure(works, rounds);
    const line = summarise(works, times, { rounds, fsync_ms: fsyncMs });
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (line.growth_1000_to_100 > MAX_GROWTH || line.ratios.read_write > MAX_RATIO) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return Promise.resolve();
}

interface Work {
  readonly folder: string;
  readonly flows: number;
  readonly spec: string;
  readonly contents: string;
  readonly files: number;
}

/** Writes the spec, generates it once, and notes what came out for the peer. */
function prepare(parent: string, flows: number): Work {
  const folder = join(parent, String(flows));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  const spec = join(folder, 'bench.yaml');
  const contents = join(folder, 'contents.json');
  writeFileSync(spec, specOf(flows));
  start(CLI, ['generate', spec, '--out', join(folder, 'known')]);
  const files = read(join(folder, 'known'));
  writeFileSync(contents, JSON.stringify(files));
  return { folder, flows, spec, contents, files: files.length };
}

/** Interleaved, so that what else the machine does falls on all of them; the first round warms the caches. */
function measure(works: readonly Work[], rounds: number): Times[][] {
  const times: Times[][] = works.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, work] of works.entries()) {
      const found = { subject: subject(work), read_write: peer(work) };
      compare(work);
      if (round > 0) times[index]?.push(found);
    }
  }
  return times;
}

function subject({ folder, spec }: Work): number {
  const out = emptied(folder, 'subject');
  rmSync(join(folder, 'bench.lock.json'), { force: true });
  return start(CLI, ['generate', spec, '--out', out]) - start(CLI, ['--help']);
}

function peer({ folder, spec, contents }: Work): number {
  const out = emptied(folder, 'peer');
  return start(PEER, [contents, spec, out]) - start(PEER, [contents]);
}

function emptied(folder: string, name: string): string {
  rmSync(join(folder, name), { recursive: true, force: true });
  return join(folder, name);
}

/** Milliseconds from start to end of a process. */
function start(script: string, args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  return performance.now() - started;
}

function compare({ folder, flows }: Work): void {
  const [ours, theirs] = ['subject', 'peer'].map((name) => JSON.stringify(read(join(folder, name))));
  if (ours !== theirs) throw new Error(`with ${flows} flows the two wrote different files`);
}

function read(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [relative(folder, path), readFileSync(path, 'utf8')]);
}

function summarise(works: readonly Work[], times: readonly Times[][], more: Record<string, number>) {
  const middle = (flows: number, name: keyof Times): number => {
    const index = works.findIndex((work) => work.flows === flows);
    return median((times[index] ?? []).map((item) => item[name]));
  };
  const perFlow = (flows: number): number => Number((middle(flows, 'subject') / flows).toFixed(3));
  return {
    bench: 'generate',
    files: works.find(({ flows }) => flows === 100)?.files ?? 0,
    subject_ms: Number(middle(100, 'subject').toFixed(1)),
    peers: { read_write: Number(middle(100, 'read_write').toFixed(1)) },
    ratios: { read_write: Number((middle(100, 'subject') / middle(100, 'read_write')).toFixed(3)) },
    per_flow_ms: { 10: perFlow(10), 100: perFlow(100), 1000: perFlow(1000) },
    growth_1000_to_100: Number((perFlow(1000) / perFlow(100)).toFixed(3)),
    limits: { read_write: MAX_RATIO, growth_1000_to_100: MAX_GROWTH },
    ...more,
  };
}
