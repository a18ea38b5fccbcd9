import { expect } from 'chai';
import { buildEnvelope } from '../../../sidecar/sources/envelope.ts';
import { loadFixtureContract } from '../../helpers/samples.ts';

const contract = loadFixtureContract('atlas');
const facts = {
  seq: 42,
  event_id: 'ab'.repeat(32),
  event: 'PART_QUANTITY_CHANGED',
  subject: 'work_order/5120',
  lane: 'standard',
  time: Date.parse('2026-09-03T10:05:00.310Z'),
  received_at: Date.parse('2026-09-03T10:05:01Z'),
  fetched: '{"part":{"cost":7.50}}',
};

describe('sidecar/sources/envelope.ts', () => {
  it('says what the contract between sidecar and addon promises', () => {
    const envelope = JSON.parse(
      buildEnvelope(contract, 'plant', 'staging', facts, Buffer.from('{"a":1}')).toString(),
    ) as object;
    expect(envelope).to.deep.equal({
      specversion: '1.0',
      id: facts.event_id,
      source: '/millwright/plant',
      type: 'atlas.PART_QUANTITY_CHANGED',
      time: '2026-09-03T10:05:00.310Z',
      subject: 'work_order/5120',
      dataschema: `urn:millwright:atlas:1.0.0:${contract.hash}`,
      datacontenttype: 'application/json',
      lane: 'standard',
      sequence: '000000000042',
      environment: 'staging',
      traceparent: `00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-01`,
      data: {
        event: 'PART_QUANTITY_CHANGED',
        payload: { a: 1 },
        fetched: { part: { cost: 7.5 } },
        received_at: '2026-09-03T10:05:01.000Z',
      },
    });
  });

  it('leaves body and fetched answers byte for byte: zeros, long numbers, blanks, order', () => {
    const body = Buffer.from('{ "b":2.0,\n "a":12345678901234567890, "é":"\\u00e9" }');
    const text = buildEnvelope(contract, 'plant', 'production', facts, body);
    expect(text.includes(body)).to.equal(true);
    expect(text.includes('{"part":{"cost":7.50}}')).to.equal(true);
  });

  it('has no time when the product does not say one', () => {
    const envelope = JSON.parse(
      buildEnvelope(contract, 'p', 'x', { ...facts, time: null }, Buffer.from('1')).toString(),
    ) as object;
    expect(envelope).not.to.have.property('time');
  });
});
