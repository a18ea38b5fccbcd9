import { expect } from 'chai';
import { checkContract, type Contract } from '../../../sidecar/contract.ts';
import { writeMoment } from '../../../sidecar/sources/write-moment.ts';
import { runWrite, type WriteOutcome } from '../../../sidecar/sources/write-plan.ts';
import { outwardValues, round, times } from '../../../sidecar/sources/write-values.ts';
import { validate } from '../../../generator/index.ts';
import { buildContract } from '../../../generator/model/contract.ts';
import { WRITING, edit, source } from '../../generator/helpers/specs.ts';
import type { Reply, SeenRequest } from '../../helpers/scripted-server.ts';
import { Product, message } from '../../helpers/writes.ts';

function contractFrom(text: string): Contract {
  return checkContract(JSON.parse(JSON.stringify(buildContract(validate(source(text))))), 'tiny');
}

/** A contract from the small spec that writes machines, with one piece of its `out:` replaced. */
function contractOf(from: string, to: string) {
  return contractFrom(edit(from, to, WRITING));
}

const USED = "plate: '{value.plate}'";
function value(spec: string, fields: Record<string, unknown>): unknown {
  const text = edit(
    '        plate: serial_no\n',
    `        plate: serial_no\n        one: ${spec}\n`,
    WRITING,
  );
  const contract = contractFrom(edit(USED, `${USED}, one: '{value.one}'`, text));
  const rule = contract.writes?.flows['machine']?.values['one'];
  if (!rule) throw new Error('no value');
  return JSON.stringify(outwardValues({ one: rule }, fields)['one']);
}
describe('the language of writes', () => {
  let product: Product | null = null;
  afterEach(async () => {
    await product?.stop();
    product = null;
  });

  async function run(
    from: string,
    to: string,
    reply: (request: SeenRequest, index: number) => Reply,
    changes: object = {},
  ): Promise<WriteOutcome> {
    product = new Product(contractOf(from, to), reply);
    const link = await product.start();
    return runWrite(
      product.flow('machine'),
      message({ flow: 'machine', fields: { name: 'Press' }, ...changes }),
      link,
    );
  }

  it('writes numbers with the digits and the factor that the product wants', () => {
    const price = (more: string) => value(`{ field: cost, ${more} }`, { cost: '19.99' });
    expect(price('as: number')).to.equal('19.99');
    expect(price("factor: '100', as: integer")).to.equal('1999');
    expect(price('decimals: 1')).to.equal('20');
    expect(price('as: text')).to.equal('"19.99"');
    expect(() => price('as: integer'))
      .to.throw()
      .with.property('code', 'value_not_whole');
    expect(value('{ field: cost }', { cost: '12345678901234567890.123456789' })).to.equal(
      '12345678901234567890.123456789',
    );
    expect(times('-0.1', '0.2')).to.equal('-0.02');
    expect(['0.5', '-0.5', '2.5', '1.4999'].map((text) => round(text, 0))).to.deep.equal([
      '1',
      '-1',
      '3',
      '1',
    ]);
  });

  it('tells null, absent and empty apart', () => {
    const serial = (more: string, fields: object) => value(`{ field: serial_no${more} }`, fields as never);
    expect(serial('', { serial_no: null })).to.equal('null');
    expect(serial('', {})).to.equal(undefined);
    expect(serial(", 'null': omit", { serial_no: null })).to.equal(undefined);
    expect(serial(", 'null': empty", { serial_no: null })).to.equal('""');
    expect(() => serial(", 'null': hold", { serial_no: null }))
      .to.throw()
      .with.property('code', 'value_missing');
    expect(() => serial(', absent: hold', {}))
      .to.throw()
      .with.property('code', 'value_missing');
    expect(serial(', inside: id', { serial_no: 'A1' })).to.equal('{"id":"A1"}');
    expect(serial(', inside: id', { serial_no: null })).to.equal('null');
  });

  it('writes moments in the form and the zone of the product', () => {
    const at = '2026-07-01T22:30:00.310000Z';
    const zurich = 'Europe/Zurich';
    expect(writeMoment(at, 'iso', 'UTC')).to.equal('2026-07-01T22:30:00.310Z');
    expect(writeMoment(at, 'iso', zurich)).to.equal('2026-07-02T00:30:00.310+02:00');
    expect(writeMoment(at, 'date', zurich)).to.equal('2026-07-02');
    expect(writeMoment(at, 'dd.MM.yyyy HH:mm', zurich)).to.equal('02.07.2026 00:30');
    expect(writeMoment(at, 'epoch_s', 'UTC')).to.equal(1_782_945_000);
    expect(writeMoment('2026-07-02', 'iso', zurich)).to.equal('2026-07-02');
    expect(writeMoment('2026-07-02', 'epoch_ms', zurich)).to.equal(Date.parse('2026-07-01T22:00:00Z'));
    expect(writeMoment('2026-03-29', 'epoch_ms', zurich)).to.equal(Date.parse('2026-03-28T23:00:00Z'));
    expect(writeMoment('2026-07-02', 'odata', 'UTC')).to.equal(
      `/Date(${Date.parse('2026-07-02T00:00:00Z')})/`,
    );
    expect(writeMoment('soon', 'iso', 'UTC')).to.equal(null);
  });

  it('takes a 401 with the right code for final, and any other for a refused credential', async () => {
    const rule =
      '      echo: { remember: true }\n      answers: [{ status: [401], when: [{ path: body.code, equals: NOT_BOUGHT }], then: dead, code: not_bought }]\n';
    const answers = ['      echo: { remember: true }\n', rule] as const;
    const bought = await run(...answers, () => ({ status: 401, body: { code: 'NOT_BOUGHT' } }));
    expect(bought).to.include({ status: 'dead', code: 'not_bought' });
    await product?.stop();
    const key = await run(...answers, () => ({ status: 401, body: { code: 'BAD_KEY' } }));
    expect(key).to.include({ status: 'retry', code: 'write_refused' });
  });

  it('looks for the record when the product says that it is there', async () => {
    const list = [{ id: 9, code: message().reference }];
    const reply = ({ method }: SeenRequest): Reply =>
      method === 'GET'
        ? { status: 200, body: { list } }
        : { status: method === 'POST' ? 409 : 200, body: {} };
    const outcome = await run('name: name\n', 'name: { field: name }\n', reply);
    expect(outcome).to.include({ status: 'done', code: 'found', external_id: '9' });
    await product?.stop();
    list.length = 0;
    expect(await run('name: name\n', 'name: { field: name }\n', reply)).to.include({
      status: 'held',
      code: 'conflict',
    });
  });

  it('lets what always goes along and constants ride with a patch, but they are no reason for one', async () => {
    const spec = [
      '        plate: serial_no\n      look_up',
      '        plate: { field: serial_no, always: true }\n      look_up',
    ] as const;
    const update = { operation: 'update', external_id: '9', fields: { name: 'Press', serial_no: 'S1' } };
    await run(...spec, () => ({ status: 200, body: {} }), { ...update, changed: ['name'] });
    expect(product?.calls()).to.deep.equal([['PATCH', '/machines/9', { name: 'Press', plate: 'S1' }]]);
    await product?.stop();
    await run(...spec, () => ({ status: 200, body: {} }), { ...update, changed: ['serial_no'] });
    expect(product?.calls()).to.deep.equal([]);
  });

  it('wraps what it writes', async () => {
    const outcome = await run(
      "partial: true, body: { name: '{value.name}', plate: '{value.plate}' }",
      "partial: true, wrap: [data, '[]'], body: { name: '{value.name}', plate: '{value.plate}' }",
      () => ({ status: 200, body: {} }),
      {
        operation: 'update',
        external_id: 'a/b',
        fields: { name: 'Press', serial_no: 'S1' },
        changed: ['name'],
      },
    );
    expect(outcome).to.include({ status: 'done' });
    expect(product?.calls()).to.deep.equal([['PATCH', '/machines/a%2Fb', { data: [{ name: 'Press' }] }]]);
  });
});
