import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { canonicalJson } from '../../../sidecar/contract.ts';
import { identify } from '../../../sidecar/sources/identify.ts';
import { loadFixtureContract, loadSample, loadSamples } from '../../helpers/samples.ts';

const atlas = loadFixtureContract('atlas');
const acme = loadFixtureContract('acme');
const part = (text: string) => identify(atlas, 'PART_QUANTITY_CHANGED', Buffer.from(text));

describe('sidecar/sources/identify.ts', () => {
  it('hashes the name and the values of the identity paths, null for a missing one', () => {
    const sample = loadSample('atlas-cmms', 'part_quantity_manual');
    const event = JSON.parse(sample.raw_body) as Record<string, unknown>;
    const values = [
      'partId',
      'workOrderId',
      'occurredAt',
      'previousQuantity',
      'newQuantity',
      'changedAmount',
    ].map((k) => event[k] ?? null);
    const expected = createHash('sha256').update(canonicalJson([sample.event, ...values])).digest('hex'); // prettier-ignore
    expect(values).to.include(null);
    expect(identify(atlas, sample.event, Buffer.from(sample.raw_body)).event_id).to.equal(expected);
  });

  it('knows the same event under two delivery ids, and 2.0 for 2', () => {
    const [one, two] = ['part_quantity_work_order', 'part_quantity_work_order_again'].map((name) =>
      loadSample('atlas-cmms', name),
    );
    const ids = [one, two].map((s) => part(s?.raw_body ?? '').event_id);
    expect(ids[0]).to.equal(ids[1]);
    const text = (amount: string) => `{"partId":1,"changedAmount":${amount}}`;
    expect(part(text('2.0')).event_id).to.equal(part(text('2')).event_id);
    expect(part(text('2')).event_id).not.to.equal(part(text('3')).event_id);
  });

  it('gives subject, lane and time', () => {
    const sample = loadSample('atlas-cmms', 'part_quantity_work_order');
    const identity = part(sample.raw_body);
    expect(identity).to.include({ subject: 'work_order/5120', lane: 'standard', held: null });
    expect(identity.time).to.equal(Date.parse('2026-09-03T10:05:00.310Z'));
    expect(part('{"partId":88,"occurredAt":"2026-09-03 10:05"}')).to.include({
      subject: 'part/88',
      time: null,
    });
  });

  it('adds the time to the dedupe key only where the identity holds it', () => {
    const sample = loadSample('atlas-cmms', 'part_quantity_work_order');
    expect(part(sample.raw_body).bucket).to.equal(part(sample.raw_body).time);
    const spare = identify(
      acme,
      'spare.used',
      Buffer.from('{"uuid":"u1","spare":"s","at":"2026-09-03T10:05:00Z"}'),
    );
    expect(spare.time).to.equal(Date.parse('2026-09-03T10:05:00Z'));
    expect(spare.bucket).to.equal(0);
  });

  it('holds what it cannot identify, with the reason, and knows the same bytes again', () => {
    const reasons = {
      unknown_event: identify(atlas, 'PART_DELETE', Buffer.from('{"partId":1}')),
      invalid_json: part('{"partId":'),
      identity_missing: part('{"other":1}'),
      subject_missing: identify(
        atlas,
        'WORK_ORDER_DELETE',
        Buffer.from('{"occurredAt":"2026-09-03T10:05:00Z"}'),
      ),
    };
    for (const [reason, identity] of Object.entries(reasons)) expect(identity.held?.reason).to.equal(reason);
    expect(new Set(Object.values(reasons).map(({ event_id }) => event_id)).size).to.equal(4);
    expect(part('{"partId":').event_id).to.equal(reasons.invalid_json.event_id);
    expect(identify(atlas, undefined, Buffer.from('{}')).held?.reason).to.equal('unknown_event');
    expect(identify(atlas, 'constructor', Buffer.from('{}')).held?.reason).to.equal('unknown_event');
  });

  it('holds bytes that are no UTF-8, a byte order mark, and an identity that is no scalar', () => {
    expect(identify(atlas, 'NEW_ASSET', Buffer.from([0x22, 0xff, 0x22])).held?.reason).to.equal(
      'invalid_json',
    );
    expect(part('\ufeff{"partId":1}').held?.reason).to.equal('invalid_json');
    expect(part('{"partId":{"a":1}}').held?.reason).to.equal('identity_missing');
  });

  it('identifies every sample whose event the contract has', () => {
    for (const sample of loadSamples('atlas-cmms')) {
      const identity = identify(atlas, sample.event, Buffer.from(sample.raw_body));
      const known = sample.event in atlas.events;
      expect(identity.held?.reason ?? null, sample.file).to.equal(known ? null : 'unknown_event');
      expect(identity.event_id).to.match(/^[0-9a-f]{64}$/);
    }
  });
});
