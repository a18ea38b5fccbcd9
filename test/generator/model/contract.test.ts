import { expect } from 'chai';

import { contractHash } from '../../../generator/model/canonical-json.ts';
import type { Json } from '../../../generator/model/canonical-json.ts';
import { BASE, edit, fileOf } from '../helpers/specs.ts';

/** The value at a dotted path of the contract. */
function at(path: string, text: string = BASE): unknown {
  let node = JSON.parse(fileOf(text, 'contract.json')) as unknown;
  for (const step of path.split('.')) node = (node as Record<string, unknown>)[step];
  return node;
}

describe('contract.json', () => {
  it('carries the hash of itself without the hash', () => {
    const { hash, ...rest } = JSON.parse(fileOf(BASE, 'contract.json')) as Record<string, Json>;
    expect(hash).to.equal(contractHash(rest));
  });

  it('says that dead letters block, and nothing where they let go on', () => {
    const said = (policy: string): unknown =>
      at('flows.job', edit('title: Jobs', `title: Jobs\n    on_dead: ${policy}`));
    expect(said('block')).to.have.property('on_dead', 'block');
    expect(said('continue')).to.deep.equal(at('flows.job'));
  });

  it('writes durations in seconds and headers in small letters', () => {
    expect(at('flows.machine.delay_budget_seconds')).to.equal(900);
    expect(at('reads.OPEN.every_seconds')).to.equal(900);
    expect(at('source.verify.0.signature.header')).to.equal('x-sign');
    expect(at('source.event_name')).to.deep.equal([{ header: 'x-event', map: null }]);
  });

  it('says how long messages of a flow are kept, both times, only when the spec names one', () => {
    const kept = (text: string) =>
      at('flows.machine.retention', edit('delay_budget: 15m', `delay_budget: 15m\n    retention: ${text}`));
    expect(at('flows.machine')).not.to.have.property('retention');
    expect(kept('{ payload: 30d }')).to.deep.equal({ payload_seconds: 2_592_000, rows_seconds: 31_536_000 });
    expect(kept('{ rows: 730d }')).to.deep.equal({ payload_seconds: 7_776_000, rows_seconds: 63_072_000 });
  });

  it('spells out every default', () => {
    expect(at('source.verify.0')).to.deep.include({
      key: { derive: 'plain', cut_prefix: null },
      message: ['body'],
      timestamp: 'none',
      once: null,
      weak: null,
    });
    expect(at('source.accept')).to.deep.include({
      methods: ['POST'],
      format: 'json',
      max_body_bytes: 4_194_304,
    });
    expect(at('reads.OPEN')).to.include({ method: 'GET', body: null, page: null, watermark: null });
    expect(at('events.SAVED.fetch.0')).to.deep.include({
      method: 'GET',
      unless: [],
      when: [],
      missing: 'retry',
    });
    expect(at('flows.machine')).to.include({
      system_of_record: 'cmms',
      delete: 'archive',
      empty_match_key: 'skip',
      ambiguous_match: 'hold',
      shortage: null,
    });
    expect(at('flows.usage')).to.include({ delete: null, ambiguous_match: null, shortage: 'post' });
    expect(at('flows.usage.inputs.taken')).to.deep.include({
      lines: null,
      line_key: [],
      key: [],
      record: [],
      when: [],
      otherwise: 'ignore',
    });
  });

  it('holds a required field that is not there, and keeps any other', () => {
    expect(at('flows.machine.inputs.saved.fields.name')).to.deep.equal({
      type: 'text',
      from: ['record.name'],
      required: true,
      absent: 'hold',
      null: 'hold',
      empty: 'hold',
      default: null,
      look_up: null,
      clean: [],
      system_of_record: 'cmms',
      on_conflict: 'cmms',
    });
    expect(at('flows.machine.inputs.saved.fields.serial_no')).to.include({
      required: false,
      absent: 'keep',
      null: 'keep',
      empty: 'clear',
    });
    expect(at('flows.machine.inputs.saved.fields.cost')).to.include({ zero: 'keep', currency: 'company' });
    expect(at('flows.usage.inputs.taken.fields.quantity')).to.include({
      zero: 'ignore',
      sign: 'positive_is_out',
      required: true,
    });
  });

  it('says of an enumeration what happens to the rest', () => {
    const status = 'flows.job.inputs.read.fields.status';
    expect(at(status)).to.include({ else: 'hold', else_value: null });
    expect(at(status, edit('closed: done }', 'closed: done }, else: open'))).to.include({
      else: 'set',
      else_value: 'open',
    });
  });

  it('tells the sidecar the flows and the most urgent lane of each event', () => {
    expect(at('events.SAVED')).to.deep.include({ origin: 'callback', flows: ['machine'], lane: 'batch' });
    expect(at('events.OPEN')).to.deep.include({ origin: 'read', flows: ['job'], lane: 'standard' });
    const both = edit('on: [OPEN]', 'on: [OPEN, SAVED]');
    expect(at('events.SAVED', both)).to.deep.include({ flows: ['machine', 'job'], lane: 'standard' });
  });

  it('makes the JSON Schema of a body from the required paths', () => {
    const text = edit(
      'required: { event.slip: text }',
      'required: { event.slip: text, event.row.no: integer, event.row.at: datetime }',
    );
    expect(at('events.TAKEN.schema', text)).to.deep.equal({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['slip', 'row'],
      properties: {
        slip: { type: 'string', minLength: 1 },
        row: {
          type: 'object',
          required: ['no', 'at'],
          properties: { no: { type: 'integer' }, at: { type: 'string', format: 'date-time' } },
        },
      },
    });
  });

  it('lets a check carry only what its lines can hold', () => {
    const check = `      total:
        role: check
        on: [TAKEN]
        lines: event.rows
        version: event.at
        occurred_at: event.at
        fields:
          work_order: { from: event.order }
          part: { from: line.part }
          quantity: { from: line.count }
    fields:
      lot: { from: event.lot }
`;
    expect(at('flows.usage.inputs.total.fields', BASE + check)).to.have.all.keys(
      'work_order',
      'part',
      'quantity',
    );
    expect(at('flows.usage.inputs.taken.fields', BASE + check)).to.include.keys('lot');
  });
});
