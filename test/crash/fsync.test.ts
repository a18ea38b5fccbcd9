import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dress, Sender } from '../../scripts/cmms/index.ts';
import { ensurePackages } from '../../scripts/odoo/apt.ts';
import { checkout, runDir } from '../../scripts/odoo/index.ts';
import { SidecarProcess } from '../../scripts/start/sidecar.ts';
import { judgeTrace } from './trace.ts';

const FOLDER = join(runDir, 'fsync');
const LOG = 'spool.db-wal';
const CALLS = 'fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg';
const ID = 'ab'.repeat(32);

describe('the order of system calls behind a 202', function () {
  this.timeout(120_000);
  let sidecar: SidecarProcess;

  before(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    await ensurePackages(['strace'], 'the trace of system calls');
    sidecar = new SidecarProcess({
      folder: FOLDER,
      backendCode: 'traced',
      contract: join(checkout, 'odoo_addon/millwright_atlas/contract.json'),
      environment: 'test',
      odoo: { url: 'http://127.0.0.1:9', database: 'none', key: 'none' }, // nobody there: this is about the way in
      callbackSecret: 'whsec_trace',
      read: { url: 'http://127.0.0.1:9', apiKey: 'none' },
      logFile: join(FOLDER, 'sidecar.log'),
    });
    await sidecar.start();
  });
  after(() => sidecar.stop());

  for (const connections of [1, 16]) {
    it(`is: write the log, sync it, answer; with ${connections} sender(s)`, async () => {
      const file = join(FOLDER, `trace-${connections}.txt`);
      const tracer = await attach(sidecar.pid ?? 0, file);
      const sender = new Sender({ url: sidecar.callbackUrl, mode: 'once' });
      await sender.sendAll(
        Array.from({ length: 200 }, (_, i) => callback(connections * 1000 + i)),
        connections,
      );
      sender.close();
      tracer.kill('SIGINT');
      await once(tracer, 'exit');
      expect(sender.sent.every((sent) => sent.accepted)).to.equal(true);
      const verdict = judgeTrace(readFileSync(file, 'utf8'), LOG);
      expect(verdict.problems).to.deep.equal([]);
      expect(verdict).to.include({ answers: 200, durable: 200 });
      if (connections === 1) expect(verdict.syncs).to.be.at.least(200);
      process.stderr.write(
        `    ${verdict.answers} answers 202, ${verdict.syncs} syncs of the log before them\n`,
      );
    });
  }

  it('would be seen if an answer came before the sync', () => {
    const write = `7 pwrite64(20</x/spool.db-wal>, "…${ID}…", 4096, 32) = 4096`;
    const answer = `7 writev(24<socket:[1]>, [{iov_base="HTTP/1.1 202 Accepted", iov_len=9}, {iov_base="{\\"id\\":\\"${ID}\\"}", iov_len=8}], 2) = 17`;
    const sync = '7 fdatasync(20</x/spool.db-wal>) = 0';
    const failed = '7 fdatasync(20</x/spool.db-wal>) = -1 EIO (Input/output error)';
    const begun = '8 fdatasync(20</x/spool.db-wal> <unfinished ...>';
    const ended = '8 <... fdatasync resumed>) = 0';
    const durable = (...lines: string[]): number => judgeTrace(lines.join('\n'), LOG).durable;
    expect(durable(write, sync, answer)).to.equal(1);
    expect(durable(write, begun, ended, answer)).to.equal(1);
    expect(durable(write, answer, sync)).to.equal(0);
    expect(durable(sync, write, answer)).to.equal(0);
    expect(durable(write, failed, answer)).to.equal(0);
    expect(durable(write, begun, answer, ended)).to.equal(0);
    expect(judgeTrace([write, answer].join('\n'), LOG).problems).to.have.length(1);
  });
});

function callback(number: number): ReturnType<typeof dress> {
  const body = JSON.stringify({
    partId: number,
    changedAmount: -1,
    workOrderId: 1,
    occurredAt: '2026-09-08T06:00:00.000+00:00',
  });
  return dress('PART_QUANTITY_CHANGED', body, 'whsec_trace', `trace-${number}`, new Date());
}

/** Resolves when the tracer says that it is attached. Throws when this machine does not let a process be traced. */
async function attach(pid: number, file: string): Promise<ChildProcess> {
  const args = ['-f', '-y', '-s', '65536', '-e', `trace=${CALLS}`, '-o', file, '-p', String(pid)];
  const tracer = spawn('/usr/bin/strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    tracer.once('error', reject);
    tracer.once('exit', (code) => {
      const remedy = 'Run the tests where ptrace is allowed (a container needs the capability SYS_PTRACE).';
      reject(new Error(`strace ended with ${code} instead of tracing the sidecar: ${said.trim()} ${remedy}`));
    });
    tracer.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (said.includes('attached')) resolve();
    });
  });
  tracer.removeAllListeners('exit');
  return tracer;
}
