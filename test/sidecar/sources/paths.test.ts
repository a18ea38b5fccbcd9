import { expect } from 'chai';
import {
  fillTemplate,
  firstPresent,
  firstTemplate,
  holds,
  resolvePath,
} from '../../../sidecar/sources/paths.ts';

const scopes = {
  event: { id: 7, name: 'A/B c', none: null, zero: 0, list: [{ no: 'x' }], at: { deep: true } },
  fetched: { order: { status: 'OPEN' } },
};

describe('sidecar/sources/paths.ts', () => {
  it('follows names and numbers through both scopes', () => {
    expect(resolvePath('event.at.deep', scopes)).to.equal(true);
    expect(resolvePath('event.list.0.no', scopes)).to.equal('x');
    expect(resolvePath('fetched.order.status', scopes)).to.equal('OPEN');
    expect(resolvePath('event', scopes)).to.equal(scopes.event);
  });

  it('leads nowhere for what is missing, for other scopes and for inherited names', () => {
    for (const path of [
      'event.id.x',
      'event.nothing',
      'record.id',
      'event.constructor',
      'event.list.length.x',
      'event.__proto__.x',
    ]) {
      expect(resolvePath(path, scopes), path).to.equal(undefined);
    }
  });

  it('takes the first path that is present and not null, and takes zero for present', () => {
    expect(firstPresent(['event.none', 'event.zero', 'event.id'], scopes)).to.equal(0);
    expect(firstPresent(['event.none'], scopes)).to.equal(undefined);
  });

  it('tests equals, in, present and equals_path, all together', () => {
    const id = 'event.id';
    expect(holds([], scopes)).to.equal(true);
    expect(holds([{ path: id, equals: 7 }, { path: id, in: [1, 7] }], scopes)).to.equal(true); // prettier-ignore
    expect(holds([{ path: id, equals: 7 }, { path: id, in: [1] }], scopes)).to.equal(false); // prettier-ignore
    expect(holds([{ path: 'event.none', present: false }], scopes)).to.equal(true);
    expect(holds([{ path: 'event.zero', present: true }], scopes)).to.equal(true);
    expect(holds([{ path: id, equals_path: 'event.id' }], scopes)).to.equal(true);
    expect(holds([{ path: 'event.a', equals_path: 'event.b' }], scopes), 'two missing values').to.equal(
      false,
    );
  });

  it('fills a template with encoded values, and not at all when one is missing or no scalar', () => {
    expect(fillTemplate('/x/{event.name}/{event.zero}', scopes, encodeURIComponent)).to.equal(
      '/x/A%2FB%20c/0',
    );
    expect(fillTemplate('/x/{event.none}', scopes)).to.equal(null);
    expect(fillTemplate('/x/{event.at}', scopes)).to.equal(null);
    expect(firstTemplate(['a/{event.none}', 'b/{event.id}'], scopes)).to.equal('b/7');
  });
});
