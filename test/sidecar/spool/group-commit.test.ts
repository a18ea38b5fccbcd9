import { expect } from 'chai';
import { SpoolError } from '../../../sidecar/errors.ts';
import { GroupCommit } from '../../../sidecar/spool/group-commit.ts';

describe('sidecar/spool/group-commit.ts', () => {
  it('gives each member of a failed group its own transaction and its own error', async () => {
    const log: string[] = [];
    const group = new GroupCommit((work) => {
      log.push('begin');
      work();
      log.push('commit');
    });
    const bad = group.run(() => {
      throw new Error('constraint');
    });
    const results = await Promise.allSettled([group.run(() => 1), bad, group.run(() => 3)]);
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).to.be.instanceOf(SpoolError);
    expect(log).to.deep.equal(['begin', 'begin', 'begin', 'commit', 'begin', 'commit']);
  });

  it('tells everybody that it failed when the commit fails', async () => {
    const group = new GroupCommit((work) => {
      work();
      throw new Error('disk full');
    });
    const results = await Promise.allSettled([group.run(() => 1), group.run(() => 2)]);
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });

  it('flushes what is queued, also when that fails', async () => {
    let done = 0;
    const group = new GroupCommit((work) => {
      work();
      if (done > 0) throw new Error('no');
    });
    await group.flush();
    const failing = group.run(() => (done += 1)).catch(() => 'failed');
    await group.flush();
    expect(await failing).to.equal('failed');
  });
});
