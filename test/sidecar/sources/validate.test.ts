import { expect } from 'chai';
import { createPayloadCheck } from '../../../sidecar/sources/validate.ts';
import { loadFixtureContract, loadSamples } from '../../helpers/samples.ts';

const atlas = loadFixtureContract('atlas');
const check = createPayloadCheck(atlas);

describe('sidecar/sources/validate.ts', () => {
  it('passes every sample whose event the contract has', () => {
    for (const { event, raw_body, file } of loadSamples('atlas-cmms')) {
      if (event in atlas.events) expect(check(event, JSON.parse(raw_body)), file).to.equal(null);
    }
  });

  it('says what was expected where, for every problem, and no value of the payload', () => {
    const problem = check('PART_QUANTITY_CHANGED', { partId: 'secret-value', occurredAt: 'yesterday' }) ?? '';
    expect(problem).to.contain('event.partId: must be integer');
    expect(problem).to.contain('changedAmount');
    expect(problem).to.contain('date-time');
    expect(problem).not.to.contain('secret-value');
  });

  it('passes nothing of an unknown event', () => {
    expect(check('NEWER_EVENT', {})).to.be.a('string');
  });
});
