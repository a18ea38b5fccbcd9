import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { SpoolError } from '../../../sidecar/errors.ts';
import { contractOf, openDoor, order } from '../../helpers/front-door.ts';

const BEARER = '  verify: { profile: bearer }\n';
const BY = { authorization: 'Bearer s3cret' };
const CE_NAME = 'sap.s4.beh.maintenanceorder.v1.MaintenanceOrder.SetToTechCompleted.v1';
const CE_EVENT =
  '{ subject: "work_order/{event.MaintenanceOrder}", time: ce.time, identity: [ce.id, ce.source], required: { event.MaintenanceOrder: text } }';

describe('how a delivery is taken in', () => {
  const NAMES: [string, string, Record<string, unknown>, string, Record<string, string>][] = [
    ['a header', '{ header: X-Kind }', {}, '', { 'x-kind': 'DONE' }],
    ['a path of the body', '{ path: event.event.name }', { event: { name: 'DONE' } }, '', {}],
    [
      'two paths joined',
      '{ paths: [event.entity, event.action], join: ".", map: { order.closed: DONE } }',
      { entity: 'order', action: 'closed' },
      '',
      {},
    ],
    ['a part of the address', '{ segment: 1, map: { order-done: DONE } }', {}, '/x/order-done', {}],
    ['a parameter', '{ query: event }', {}, '/x?event=DONE', {}],
    ['the presence of a key', '{ present: { event.doneOrder: DONE } }', { doneOrder: {} }, '', {}],
    [
      'a constant, after places that do not answer',
      '[{ header: X-Kind }, { path: event.kind }, { constant: DONE }]',
      {},
      '',
      {},
    ],
  ];
  for (const [what, name, more, path, headers] of NAMES) {
    it(`knows the event by ${what}`, async () => {
      const { send, rows } = openDoor(contractOf(`${BEARER}  event_name: ${name}\n`, { DONE: '' }));
      const answer = await send(order('1', more), { ...BY, ...headers }, path);
      expect(answer.body).to.include({ status: 'accepted' });
      expect(rows()[0]).to.include({ event: 'DONE', subject: 'order/1' });
    });
  }

  it('holds what it has no name for and acknowledges it', async () => {
    const { send, rows } = openDoor(
      contractOf(`${BEARER}  event_name: { path: event.kind }\n`, { DONE: '' }),
    );
    expect((await send(order('1', { kind: '__proto__' }), BY)).body).to.include({ status: 'held' });
    expect((await send(order('2'), BY)).body).to.include({ status: 'held' });
    expect(rows().map(({ reason }) => reason)).to.deep.equal(['unknown_event', 'unknown_event']);
  });

  it('takes PUT where the product sends it, and reads a stamped delivery with its own field names', async () => {
    const contract = contractOf(
      `
  accept: { methods: [POST, PUT], answers: { accepted: 200, duplicate: 200, bad_signature: 500 } }
  verify: { profile: hmac, algorithm: sha256, message: [body], signature: { header: X-FN-Signature, prefix: 'sha256=', encoding: hex }, timestamp: none }
  event_name: { path: event.event.name, map: { workorder.status.work_done: DONE } }
`,
      {
        DONE: '{ subject: "order/{event.workorder.id}", time: event.timestamp, identity: [event.workorder.id, event.timestamp], required: { event.workorder.id: integer } }',
      },
    );
    const { send, rows } = openDoor(contract);
    const body =
      '{"event":{"name":"workorder.status.work_done","params":{}},"timestamp":"2026-09-03T05:00:00-05:00","workorder":{"id":77}}';
    const sign = { 'x-fn-signature': `sha256=${createHmac('sha256', 's3cret').update(body).digest('hex')}` };
    const first = await send(body, { ...sign, 'x-fn-delivery-id': '7f:1' }, '', 'put');
    expect([first.status, first.body]).to.deep.include({ status: 'accepted', id: rows()[0]?.event_id });
    expect((await send(body, { ...sign, 'x-fn-delivery-id': '7f:2' })).status).to.equal(200);
    expect((await send(`${body} `, sign)).status, 'a 4xx would lose it there').to.equal(500);
    expect(rows()).to.have.length(1);
  });

  const events = `
  accept: { format: cloudevents }
${BEARER}  event_name: { ce: type }
  handshakes: [{ when: { method: OPTIONS, header: WebHook-Request-Origin }, unverified: true, reply: { headers: { WebHook-Allowed-Origin: '{header.webhook-request-origin}', WebHook-Allowed-Rate: '120' } } }]
`;
  const cloud = contractOf(events, { [CE_NAME]: CE_EVENT });
  const attributes = (id: string) => ({
    specversion: '1.0',
    type: CE_NAME,
    source: '/default/sap.s4/S4',
    id,
    time: '2026-09-03T10:00:00Z',
  });
  const data = { MaintenanceOrder: '000004000123', MaintenanceOrderType: 'YA01' };

  it('reads CloudEvents in structured, binary and batch form alike', async () => {
    const { send, rows, source, spool } = openDoor(cloud);
    const structured = { 'content-type': 'application/cloudevents+json', ...BY };
    const one = await send(JSON.stringify({ ...attributes('a'), data }), structured);
    expect(one.body).to.include({ status: 'accepted' });
    const head = Object.fromEntries(
      Object.entries(attributes('a')).map(([k, v]) => [`ce-${k}`, encodeURIComponent(v)]),
    );
    expect((await send(JSON.stringify(data), { ...head, ...BY })).body).to.deep.equal({
      ...one.body,
      status: 'duplicate',
    });
    const batch = { 'content-type': 'application/cloudevents-batch+json', ...BY };
    const two = await send(JSON.stringify(['a', 'b', 'c'].map((id) => ({ ...attributes(id), data }))), batch);
    expect(two.body).to.include({ status: 'accepted', events: 3 });
    expect(rows()).to.have.length(3);
    expect(rows()[0]).to.include({
      event: CE_NAME,
      subject: 'work_order/000004000123',
      time: Date.parse('2026-09-03T10:00:00Z'),
    });
    const [row] = rows();
    const body = row && spool.body(row.seq);
    if (!row || !body) throw new Error('no row');
    const envelope = JSON.parse(
      String(
        source.envelope(
          { ...row, event: CE_NAME, subject: row.subject ?? '', fetched: '{"order":{"x":1}}' },
          body,
        ),
      ),
    ) as { data: { payload: unknown; fetched: { ce: { id: string }; order: unknown } } };
    expect(envelope.data.payload).to.deep.equal(data);
    expect(envelope.data.fetched.ce.id).to.equal('a');
    expect(envelope.data.fetched.order).to.deep.equal({ x: 1 });
    expect((await send('{"no":"event"}', structured)).body).to.include({ status: 'held' });
  });

  it('answers the probe of a sender without proof, and nothing else', async () => {
    const { send, rows } = openDoor(cloud);
    const answer = await send('', { 'webhook-request-origin': 'eventmesh.example.com' }, '', 'options');
    expect([
      answer.status,
      answer.headers['webhook-allowed-origin'],
      answer.headers['webhook-allowed-rate'],
    ]).to.deep.equal([200, 'eventmesh.example.com', '120']);
    expect((await send('', {}, '', 'options')).status).to.equal(405);
    expect(rows()).to.deep.equal([]);
  });

  it('answers a challenge with the first signature, once it is proved', async () => {
    const contract = contractOf(
      `
  verify: { profile: hmac, algorithm: sha256, message: [body], signature: { header: X-List, layout: list, prefix: 'sha256=', encoding: hex }, timestamp: none }
  event_name: { header: X-Kind }
  handshakes: [{ when: { header: X-Kind, equals: url_verification }, reply: { json: { challenge: '{signature.first}' } } }]
`,
      { DONE: '' },
    );
    const { send, rows } = openDoor(contract);
    const sign = createHmac('sha256', 's3cret').update('{}').digest('hex');
    const asked = await send('{}', { 'x-kind': 'url_verification', 'x-list': `sha256=${sign}` });
    expect([asked.status, asked.body]).to.deep.equal([200, { challenge: sign }]);
    expect(
      (await send('{}', { 'x-kind': 'url_verification', 'x-list': `sha256=${'0'.repeat(64)}` })).status,
    ).to.equal(401);
    expect(rows()).to.deep.equal([]);
  });

  const BATCHES = contractOf(
    `${BEARER}  event_name: { constant: WO }\n  records: [event.PublishMXWO.MXWOSet.WORKORDER, event.member]\n  drop: [event.DOCLINKS]\n`,
    {
      WO: '{ subject: "work_order/{event.WONUM}", time: event.STATUSDATE, identity: [event.WONUM, event.SITEID, event.ROWSTAMP], required: { event.WONUM: text } }',
    },
  );
  const record = (number: string, more = '') =>
    `{"WONUM":"${number}","SITEID":"BEDFORD","STATUSDATE":"2026-09-03T12:00:00+02:00","ROWSTAMP":12345678901234567890,"ESTDUR":2.0,"DOCLINKS":[{"bytes":"AAAA"}]${more}}`;

  it('makes an event of each record of a batch, in order, digits kept, without what is dropped', async () => {
    const { send, rows, spool } = openDoor(BATCHES);
    const body = `{"PublishMXWO":{"messageID":"m-1","creationDateTime":"2026-09-03T10:00:00+00:00","MXWOSet":{"WORKORDER":[${record('1')},${record('2')},${record('1')}]}}}`;
    const answer = await send(body, BY);
    expect(answer.body).to.include({ status: 'accepted', events: 3 });
    expect(rows().map(({ subject }) => subject)).to.deep.equal(['work_order/1', 'work_order/2']);
    expect(rows()[0]?.duplicates, 'the third is the first again').to.equal(1);
    expect(String(spool.body(1))).to.equal(record('1').replace(',"DOCLINKS":[{"bytes":"AAAA"}]', ''));
    expect(JSON.parse(rows()[0]?.context ?? '{}')).to.deep.include({
      batch: {
        PublishMXWO: { messageID: 'm-1', creationDateTime: '2026-09-03T10:00:00+00:00', MXWOSet: {} },
      },
    });
    expect((await send(`{"member":${record('9')}}`, BY)).body, 'one alone').to.include({
      status: 'accepted',
    });
    expect((await send('{"other":[]}', BY)).body).to.include({ status: 'held' });
    expect(rows().at(-1)?.reason).to.equal('not_separable');
    expect((await send(`{"member":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, BY)).body).to.include({
      status: 'held',
    });
  });

  it('stores all records of a batch or none', async () => {
    const { send, rows, spool } = openDoor(BATCHES);
    spool.acceptAll = () => Promise.reject(new SpoolError('disk full'));
    expect((await send(`{"member":[${record('1')},${record('2')}]}`, BY)).status).to.equal(503);
    expect(rows()).to.deep.equal([]);
  });

  it('refuses XML, forms and what is too long with the statuses of the contract', async () => {
    const contract = contractOf(
      `  accept: { max_body: 1KB, answers: { too_large: 422 } }\n${BEARER}  event_name: { constant: DONE }\n`,
      { DONE: '' },
    );
    const { send } = openDoor(contract);
    for (const type of [
      'text/xml',
      'application/xml',
      'application/x-www-form-urlencoded',
      'application/soap+xml',
    ])
      expect((await send('<a/>', { ...BY, 'content-type': type })).status, type).to.equal(415);
    expect((await send(order('1', { x: 'y'.repeat(2_000) }), BY)).status).to.equal(422);
  });
});
