import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  ContractError,
  canonicalJson,
  checkContract,
  contractHash,
  loadContract,
} from '../../sidecar/contract.ts';
import { loadProductContract, contractPath } from '../helpers/samples.ts';

const read = () =>
  JSON.parse(readFileSync(contractPath('atlas'), 'utf8')) as Record<string, Record<string, unknown>>;

function problemsOf(change: (document: ReturnType<typeof read>) => void, stamp = true): string {
  const document = read();
  change(document);
  if (stamp) Object.assign(document, { hash: contractHash(document) });
  try {
    checkContract(document, 'c.json');
  } catch (error) {
    if (error instanceof ContractError) return error.problems.join('\n');
    throw error;
  }
  return '';
}

describe('sidecar/contract.ts', () => {
  it('loads the contracts of both products', () => {
    for (const name of ['atlas', 'acme'])
      expect(loadContract(contractPath(name)).connector.code).to.equal(name);
  });

  it('sorts keys, leaves no blanks and does not escape', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é"\n' }], a: true })).to.equal(
      '{"a":true,"b":[1,{"c":"é\\"\\n","d":null}]}',
    );
  });

  it('refuses a contract that was changed by hand', () => {
    expect(problemsOf((c) => (c['connector'] = { ...c['connector'], version: '1.0.1' }), false)).to.contain(
      '/hash: found sha256:',
    );
  });

  it('refuses signing schemes it cannot check', () => {
    for (const [key, value] of Object.entries({
      profile: 'none',
      algorithm: 'md5',
      signs: ['url'],
      timestamp: 'header',
      tolerance: 5,
    })) {
      const found = problemsOf((c) => Object.assign(c['source']?.['verify'] as object, { [key]: value }));
      expect(found, key).to.contain('/source/verify');
    }
  });

  it('names every problem with its place', () => {
    const found = problemsOf((c) => {
      Object.assign(c['events']?.['NEW_ASSET'] as object, { lane: 'fast', subject: [] });
      Object.assign(c['reads'] as object, {
        NEW_ASSET: c['reads']?.['OPEN_WORK_ORDERS_READ'],
        OPEN_WORK_ORDERS_READ: {},
      });
    });
    for (const place of [
      '/events/NEW_ASSET/lane',
      '/events/NEW_ASSET/subject',
      '/reads/OPEN_WORK_ORDERS_READ',
    ]) {
      expect(found).to.contain(place);
    }
  });

  it('wants a read to have an event of its own name', () => {
    const found = problemsOf((c) => (c['reads'] = { NEW_ASSET: c['reads']?.['OPEN_WORK_ORDERS_READ'] }));
    expect(found).to.contain('/reads/NEW_ASSET: expected an event');
  });

  it('takes a contract of before there were writes, and one that writes', () => {
    expect(loadContract(contractPath('atlas')).writes).to.equal(null);
    expect(Object.keys(loadProductContract('atlas').writes?.flows ?? {})).to.deep.equal([
      'asset',
      'work_order',
    ]);
  });

  it('says which file cannot be read', () => {
    expect(() => loadContract('/nowhere/contract.json')).to.throw(ContractError, '/nowhere/contract.json');
  });
});
