import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { readSpec } from '../../../../cli/spec-file.ts';
import { generate, OutputError, releaseLock } from '../../../../generator/index.ts';
import type { Lock, Step } from '../../../../generator/model/lock/lock.ts';
import { BASE, edit, generateText, released, source } from '../../helpers/specs.ts';

const RELEASED = released(BASE);
const RAISED = edit('version: 1.0.0', 'version: 1.1.0');
const FLOOR = 'floor: { from: record.floor, type: integer, title: Level }';

const read = (text: string): Lock => JSON.parse(text) as Lock;
const raised = (from: string, to: string): string => edit(from, to, RAISED);
const steps = (text: string, lock = RELEASED): readonly Step[] =>
  read(generateText(text, lock).lock).current.migration;

function codeOf(lock: string): string {
  try {
    generateText(BASE, lock);
    return 'nothing thrown';
  } catch (error) {
    if (error instanceof OutputError) return error.code;
    throw error;
  }
}

describe('the lock', () => {
  it('is committed as it is generated', () => {
    const path = 'specs/atlas.yaml';
    expect(generate(readSpec(path)).lock).to.equal(readFileSync('specs/atlas.lock.json', 'utf8'));
  });

  it('holds every model, column and XML id of the addon', () => {
    const { files, lock } = generateText(BASE);
    const { flows, xml_ids: ids } = read(lock).current;
    expect(flows['machine']).to.deep.equal({
      kind: 'equipment',
      model: 'millwright.acme.machine',
      columns: { floor: 'integer' },
    });
    const xml = [...files].filter(([path]) => path.endsWith('.xml')).map(([, text]) => text);
    const inXml = xml.flatMap((text) => [...text.matchAll(/<(?:record|menuitem)\s+id="([^"]+)"/g)]);
    const rows = (files.get('security/ir.model.access.csv') ?? '').trim().split('\n').slice(1);
    const written = [...inXml.map(([, id]) => id), ...rows.map((row) => row.split(',', 1)[0])];
    expect(ids).to.deep.equal(written.sort());
  });

  it('is the same when it is made from itself, and so is the addon', () => {
    for (const [text, lock] of [
      [BASE, undefined],
      [raised('floor:', 'level:'), RELEASED],
    ] as const) {
      const once = generateText(text, lock);
      const twice = generateText(text, once.lock);
      expect(twice.lock).to.equal(once.lock);
      expect([...twice.files]).to.deep.equal([...once.files]);
    }
  });

  it('keeps nothing of what was never released', () => {
    const tried = generateText(edit('floor:', 'storey:')).lock;
    expect(generateText(BASE, tried).lock).to.equal(generateText(BASE).lock);
    expect(steps(raised('floor:', 'level:'), generateText(BASE).lock)).to.deep.equal([]);
  });

  it('changes nothing of a release, and releases once', () => {
    const next = released(raised(FLOOR, `level: { renamed_from: floor, ${FLOOR.slice(8)}`), RELEASED);
    expect(read(next).released.map(({ version }) => version)).to.deep.equal(['1.0.0', '1.1.0']);
    expect(read(next).released[0]).to.deep.equal(read(RELEASED).released[0]);
    expect(releaseLock(source(BASE, RELEASED)).lock).to.equal(RELEASED);
  });

  it('refuses to release what was not generated', () => {
    expect(() => releaseLock(source(BASE)))
      .to.throw(OutputError)
      .with.property('code', 'lock-stale');
    const text = raised('lane: batch', 'lane: critical');
    expect(() => releaseLock(source(text, RELEASED)))
      .to.throw(OutputError)
      .with.property('code', 'lock-stale');
  });

  it('refuses a lock that is none, or that of another connector', () => {
    expect(codeOf('{')).to.equal('lock-broken');
    expect(codeOf('null')).to.equal('lock-broken');
    expect(codeOf(RELEASED.replace('"acme"', '"other"'))).to.equal('lock-foreign');
    for (const [from, to] of [
      ['"equipment"', '"e\\"); import os #"'],
      ['"floor"', '"__proto__"'],
      ['"lock": 1', '"lock": 2'],
      ['"migration": []', '"migration": [{ "step": "constructor" }]'],
      ['"migration": []', '"migration": [{ "step": "archive_flow", "flow": "a", "b": 1 }]'],
    ] as const) {
      expect(RELEASED).to.include(from);
      expect(codeOf(RELEASED.replace(from, to)), to).to.equal('lock-broken');
    }
  });
});

describe('the migration of a version', () => {
  it('is nothing when names only come', () => {
    expect(steps(raised('title: Usage', 'title: Use'))).to.deep.equal([]);
    const { files } = generateText(raised('title: Usage', 'title: Use'), RELEASED);
    expect([...files.keys()].filter((path) => path.startsWith('migrations/'))).to.deep.equal([]);
  });

  it('renames what the spec says was renamed', () => {
    const text = raised('  machine:\n', '  asset:\n    renamed_from: machine\n');
    expect(
      steps(edit(FLOOR, FLOOR.replace('floor: {', 'level: { renamed_from: floor,'), text)),
    ).to.deep.equal([
      { step: 'rename_flow', flow: 'machine', to: 'asset' },
      { step: 'rename_column', flow: 'asset', column: 'floor', to: 'level' },
    ]);
  });

  it('never takes a new name for an old one: what is gone is archived', () => {
    expect(steps(raised('floor:', 'level:'))).to.deep.equal([
      { step: 'archive_column', flow: 'machine', column: 'floor' },
    ]);
    expect(steps(raised('  job:\n', '  task:\n'))).to.deep.equal([{ step: 'archive_flow', flow: 'job' }]);
  });

  it('retypes a column, renamed or not', () => {
    expect(steps(raised('type: integer', 'type: text'))).to.deep.equal([
      { step: 'retype_column', flow: 'machine', column: 'floor', to: 'text' },
    ]);
    const both = raised(
      FLOOR,
      'level: { renamed_from: floor, from: record.floor, type: text, title: Level }',
    );
    expect(steps(both)).to.deep.equal([
      { step: 'rename_column', flow: 'machine', column: 'floor', to: 'level' },
      { step: 'retype_column', flow: 'machine', column: 'level', to: 'text' },
    ]);
  });

  it('stays when the next version is made, which does not do it again', () => {
    const renamed = raised('floor: {', 'level: { renamed_from: floor,');
    const second = released(renamed, RELEASED);
    const third = edit('version: 1.1.0', 'version: 1.2.0', renamed);
    const { files, lock } = generateText(third, second);
    expect(read(lock).current.migration).to.deep.equal([]);
    expect([...files.keys()].filter((path) => path.startsWith('migrations/'))).to.deep.equal([
      'migrations/19.0.1.1.0/pre-migrate.py',
    ]);
  });

  it('is straight calls with literals', () => {
    const text = raised('floor: {', 'level: { renamed_from: floor,');
    const { files } = generateText(edit('  job:\n', '  task:\n', text), RELEASED);
    const notice = '# @generated by millwright from specs/tiny.yaml, do not edit\n';
    const head = `${notice}from odoo.addons.millwright import migration\n\n\ndef migrate(cr, version):\n`;
    expect(files.get('migrations/19.0.1.1.0/pre-migrate.py')).to.equal(
      `${head}    migration.archive_flow(cr, "acme", "job")\n    migration.rename_column(cr, "acme", "machine", "floor", "level")\n`,
    );
    expect(files.get('migrations/19.0.1.1.0/post-migrate.py')).to.equal(
      `${head}    migration.close_flow(cr, "acme", "job")\n`,
    );
  });
});
