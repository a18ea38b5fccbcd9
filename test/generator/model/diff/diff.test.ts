import { expect } from 'chai';

import { diff, OutputError } from '../../../../generator/index.ts';
import { BASE, WRITING, edit, fileOf, source } from '../../helpers/specs.ts';

const changes = (text: string): string[] =>
  diff(source(BASE), source(text)).map(({ side, grade, where, what }) =>
    [grade, side, where.join('.'), what].join(' | '),
  );
const FLOOR = 'floor: { from: record.floor, type: integer, title: Level }';

describe('diff', () => {
  it('finds nothing between a spec and itself, its version and its contract', () => {
    expect(changes(BASE)).to.deep.equal([]);
    expect(changes(edit('version: 1.0.0', 'version: 9.0.0'))).to.deep.equal([]);
    const contract = { text: fileOf(BASE, 'contract.json'), file: 'contract.json', path: 'contract.json' };
    expect(diff(contract, source(BASE))).to.deep.equal([]);
    expect(diff(source(BASE), contract)).to.deep.equal([]);
  });

  it('judges what is written to the product', () => {
    const between = (before: string, after: string): string[] =>
      diff(source(before), source(after)).map(({ grade, where }) => `${grade} ${where.join('.')}`);
    expect(between(BASE, WRITING)).to.deep.equal(['compatible writes']);
    expect(between(WRITING, BASE)).to.deep.equal(['breaking writes']);
    const other = edit("patch: '/machines/", "patch: '/machine/", WRITING);
    expect(between(WRITING, other)).to.deep.equal(['compatible writes.flows.machine.update']);
    const lost = edit('path: item.code,', 'path: item.serial,', WRITING);
    expect(between(WRITING, lost)).to.deep.equal(['breaking writes.flows.machine.look_up']);
  });

  const CASES: readonly [what: string, from: string, to: string, expected: string][] = [
    ['a title', 'title: Jobs', 'title: Work', 'compatible | odoo | flows.job.title | "Jobs" became "Work"'],
    [
      'dead letters that block',
      'title: Jobs',
      'title: Jobs\n    on_dead: block',
      'compatible | odoo | flows.job.on_dead | added',
    ],
    [
      'a field more',
      'name: { from: record.name }',
      'name: { from: record.name }\n      note: { from: record.note }',
      'compatible | odoo | flows.machine.inputs.saved.fields.note | added',
    ],
    [
      'a field less',
      '      cost: { from: record.price, zero: keep }\n',
      '',
      'breaking | odoo | flows.machine.inputs.saved.fields.cost | removed',
    ],
    [
      'a column more',
      FLOOR,
      `${FLOOR}\n      wing: { from: record.wing, type: text, title: Wing }`,
      'compatible | odoo | flows.machine.columns.wing | added',
    ],
    [
      'a column less',
      `    columns:\n      ${FLOOR}\n`,
      '',
      'breaking | odoo | flows.machine.columns.floor | removed',
    ],
    [
      'a wider type',
      'type: integer',
      'type: text',
      'needs_migration | odoo | flows.machine.columns.floor.type | "integer" became "text"',
    ],
    [
      'a narrower type',
      'type: integer',
      'type: boolean',
      'breaking | odoo | flows.machine.columns.floor.type | "integer" became "boolean"',
    ],
    [
      'a renamed column',
      'floor: {',
      'level: { renamed_from: floor,',
      'needs_migration | odoo | flows.machine.columns.level | renamed from floor',
    ],
    [
      'another key of records',
      'key: event.id\n        version: event.at\n        occurred_at: event.at\n    fields:\n      name: { from: record.name',
      'key: event.no\n        version: event.at\n        occurred_at: event.at\n    fields:\n      name: { from: record.name',
      'breaking | odoo | flows.machine.inputs.saved.key | ["event.id"] became ["event.no"]',
    ],
    [
      'another sign',
      'quantity: { from: event.count }',
      'quantity: { from: event.count, sign: negative_is_out }',
      'breaking | odoo | flows.usage.inputs.taken.fields.quantity.sign | "positive_is_out" became "negative_is_out"',
    ],
    [
      'another identity',
      'identity: [event.slip]',
      'identity: [event.slip, event.at]',
      'breaking | cmms | events.TAKEN.identity | ["event.slip"] became ["event.slip","event.at"]',
    ],
    ['another signature', 'encoding: hex', 'encoding: base64', 'breaking | cmms | source.verify | '],
    [
      'more that is asked of a delivery',
      'required: { event.slip: text }',
      'required: { event.slip: text, event.part: text }',
      'breaking | cmms | events.TAKEN.schema | ',
    ],
  ];
  for (const [what, from, to, expected] of CASES) {
    it(`judges ${what}`, () => {
      const found = changes(edit(from, to));
      expect(found.map((line) => line.slice(0, expected.length))).to.include(expected);
      if (!expected.startsWith('breaking')) expect(found.join('\n')).not.to.include('breaking');
    });
  }

  it('finds nothing in a default that is written out', () => {
    expect(changes(edit('title: Jobs', 'title: Jobs\n    on_dead: continue'))).to.deep.equal([]);
  });

  it('judges less that is asked of a delivery', () => {
    const more = edit('required: { event.slip: text }', 'required: { event.slip: text, event.part: text }');
    const found = diff(source(more), source(BASE)).map(({ grade, side }) => [grade, side]);
    expect(found).to.deep.equal([['compatible', 'cmms']]);
  });

  it('judges a renamed flow by what is in it, not as a flow that came and one that went', () => {
    const text = edit('  machine:\n', '  asset:\n    renamed_from: machine\n');
    expect(changes(text)).to.deep.equal([
      'needs_migration | odoo | flows.asset | renamed from machine',
      'compatible | odoo | events.SAVED.flows | ["machine"] became ["asset"]',
    ]);
  });

  it('says the worst first', () => {
    const grades = diff(
      source(BASE),
      source(edit('title: Jobs', 'title: Work', edit('type: integer', 'type: boolean'))),
    );
    expect(grades.map(({ grade }) => grade)).to.deep.equal(['breaking', 'compatible']);
  });

  it('refuses a contract that was changed by hand', () => {
    const text = fileOf(BASE, 'contract.json').replace('"Acme"', '"Acne"');
    for (const broken of [text, '{', 'null', '7', '{"contract":1,"hash":0.5,"x":0.5}'])
      expect(() => diff({ text: broken, file: 'a.json', path: 'a.json' }, source(BASE)), broken)
        .to.throw(OutputError)
        .with.property('code', 'contract-broken');
  });
});
