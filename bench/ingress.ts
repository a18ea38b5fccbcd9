import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LoadResult } from './ingress/load.ts';
import { isQuick, median, measureFsync } from './measure.ts';
import { runScript, startServer, type ServerProcess } from './ingress/processes.ts';

/*
 * Durable accept of callbacks (signature, identity, spool with fsync, 202) by the real sidecar, against bare Express 5. Odoo is out
 * of reach: what is measured is the way in. Fails when one answered 202 is not found in the spool afterwards.
 */
const ROOT = new URL('../', import.meta.url).pathname;
const CONTRACT = join(ROOT, 'test/fixtures/contracts/atlas.json');
const SECRET = 'whsec_bench-000000000000000000000000000000000000';
const CONNECTIONS = 64;
/** Nothing listens on the discard port. */
const NO_ODOO = 'http://127.0.0.1:9';

const NAMES = ['subject', 'express_json', 'express_checked'] as const;
type Name = (typeof NAMES)[number];
type Rounds = Record<Name, LoadResult[]>;

export async function run(args: readonly string[] = []): Promise<void> {
  const quick = isQuick(args);
  const [rounds, roundSeconds, warmUpSeconds] = quick ? [1, 2, 1] : [3, 30, 5];
  mkdirSync(join(ROOT, '.run'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.run', 'bench-ingress-'));
  try {
    const fsync = measureFsync(join(folder, 'fsync'));
    const results = await measure(folder, rounds, roundSeconds, warmUpSeconds);
    const lost = countLost(folder);
    const line = summarise(results, fsync, { rounds, round_seconds: roundSeconds, lost });
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (lost > 0 || NAMES.some((name) => results[name].some(({ failed }) => failed > 0)))
      process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Interleaved, so that what else the machine does falls on all of them. */
async function measure(
  folder: string,
  rounds: number,
  roundSeconds: number,
  warmUpSeconds: number,
): Promise<Rounds> {
  const servers = await startServers(folder);
  const results: Rounds = { subject: [], express_json: [], express_checked: [] };
  try {
    for (const name of NAMES) await load(folder, name, servers[name], warmUpSeconds, 0);
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of NAMES) {
        const result = await load(folder, name, servers[name], roundSeconds, round);
        results[name].push(result);
        progress(
          `round ${round}/${rounds} ${name}: ${Math.round(result.events / result.seconds)} per second, p99 ${result.p99_ms} ms`,
        );
      }
    }
  } finally {
    await Promise.all(NAMES.map((name) => servers[name].stop()));
  }
  return results;
}

async function startServers(folder: string): Promise<Record<Name, ServerProcess>> {
  const peer = join(ROOT, 'bench/ingress/peer.ts');
  return {
    subject: await startServer(join(ROOT, 'sidecar/server.ts'), [], sidecarEnv(folder)),
    express_json: await startServer(peer, ['json'], process.env),
    express_checked: await startServer(peer, ['checked', CONTRACT, SECRET], process.env),
  };
}

function sidecarEnv(folder: string): NodeJS.ProcessEnv {
  const odoo = { url: NO_ODOO, database: 'bench', api_key: { env: 'BENCH_KEY' } };
  const backend = {
    code: 'plant-atlas',
    contract: CONTRACT,
    odoo,
    callback_secrets: [{ env: 'BENCH_SECRET' }],
  };
  const file = join(folder, 'backends.json');
  writeFileSync(file, JSON.stringify({ backends: [backend] }));
  return {
    PATH: process.env['PATH'],
    MILLWRIGHT_SIDECAR_PORT: '0',
    MILLWRIGHT_SPOOL: join(folder, 'spool.sqlite'),
    MILLWRIGHT_BACKENDS: file,
    BENCH_KEY: 'none',
    BENCH_SECRET: SECRET,
  };
}

/** `round` is part of every event: no two rounds send the same one. */
async function load(
  folder: string,
  name: Name,
  server: ServerProcess,
  seconds: number,
  round: number,
): Promise<LoadResult> {
  const ids = name === 'subject' ? join(folder, `ids-${round}`) : '';
  const args = [server.port, seconds, CONNECTIONS, SECRET, round + 1, ids].map(String);
  return (await runScript(join(ROOT, 'bench/ingress/load.ts'), args)) as LoadResult;
}

function countLost(folder: string): number {
  const db = new DatabaseSync(join(folder, 'spool.sqlite'), { readOnly: true });
  const stored = new Set(
    db
      .prepare('SELECT d.event_id FROM delivery d JOIN body b ON b.seq = d.seq')
      .all()
      .map((r) => r['event_id']),
  );
  db.close();
  let lost = 0;
  for (const round of [0, 1, 2, 3])
    lost += readIds(join(folder, `ids-${round}`)).filter((id) => !stored.has(id)).length;
  return lost;
}

function readIds(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean); // prettier-ignore
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // fewer rounds
    throw error;
  }
}

function summarise(results: Rounds, fsyncMs: number, more: Record<string, number>): Record<string, unknown> {
  const rate = (name: Name) =>
    Math.round(median(results[name].map(({ events, seconds }) => events / seconds)));
  const ratio = (name: Name) => Number((rate('subject') / rate(name)).toFixed(3));
  return {
    bench: 'ingress',
    events: results.subject.reduce((sum, { events }) => sum + events, 0),
    subject_per_s: rate('subject'),
    peers: { express_json: rate('express_json'), express_checked: rate('express_checked') },
    ratios: { express_json: ratio('express_json'), express_checked: ratio('express_checked') },
    fsync_ms: fsyncMs,
    subject_p50_ms: median(results.subject.map(({ p50_ms }) => p50_ms)),
    subject_p99_ms: median(results.subject.map(({ p99_ms }) => p99_ms)),
    connections: CONNECTIONS,
    synchronous: 'FULL',
    ...more,
  };
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}
