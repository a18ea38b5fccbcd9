import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { sql, ownDatabase } from '../../scripts/odoo/index.ts';
import { useReleasedLine } from './second-product/released.ts';

type Row = Record<string, unknown>;

const DATABASE = ownDatabase('migration');
const at = (minute: number): string => `2026-09-03T08:${String(minute).padStart(2, '0')}:00+02:00`;
const machine = (no: string, minute: number, floor: unknown, pressure: number): Row => ({
  ...{ no, at: at(minute) },
  machine: { label: `Press ${no}`, plate: `SN-${no}`, site: 'SUED', floor, contact_pressure: pressure },
});
const slip = (name: string, minute: number, ...articles: string[]): Row => ({
  ...{ slip: name, job_no: 'J-1', at: at(minute) },
  rows: articles.map((no, index) => ({ row_no: index + 1, article: { no }, measure: 'Units', taken: 1 })),
});

/** One story: a released connector with data, two later versions of its spec, and the database that goes along. */
describe('an upgrade of a connector', function () {
  this.timeout(300_000);
  const { line, spec } = useReleasedLine(DATABASE);
  const { acme } = line;

  /** Raises the version, makes one piece of the spec another, and upgrades. Gives the warnings of the log. */
  async function upgrade(
    version: string,
    ...changes: (readonly [string | RegExp, string])[]
  ): Promise<string[]> {
    let text = readFileSync(spec, 'utf8').replace(/version: \d+\.\d+\.\d+/, `version: ${version}`);
    for (const [from, to] of changes) {
      expect(text.split(from), String(from)).to.have.length(2);
      text = text.replace(from, () => to);
    }
    writeFileSync(spec, text);
    const { failures, warnings } = await line.upgrade();
    expect(failures).to.deep.equal([]);
    return warnings;
  }

  it('starts from a release with rows, a posting, and a command that waits', async () => {
    await acme.tell('machine.saved', machine('M1', 1, 2, 6.25));
    await acme.tell('machine.saved', machine('M2', 1, 3, 4));
    await acme.tell('job.saved', {
      no: 'J-1',
      at: at(2),
      job: { subject: 'Job J-1', state: 'running', site: 'SUED' },
    });
    await acme.tell('usage.booked', slip('S-1', 3, 'ART/9', 'ART/404'));
    const { inbox } = await line.rest();
    expect(inbox).to.include({ done: 3, held: 1, dead: 0 });
    await sql(
      `INSERT INTO millwright_remote_state (backend_id, flow, record_model, record_id, reference)
       SELECT min(id), 'machine', 'maintenance.equipment', 7, 'our-key' FROM millwright_backend`,
      DATABASE,
    );
  });

  it('renames two flows and a column, retypes one, sets one aside, and says nothing', async () => {
    const warnings = await upgrade(
      '2.2.0',
      ['  machine:\n    title: Machines', '  asset:\n    renamed_from: machine\n    title: Machines'],
      ['  usage:\n    title: Usage', '  takeout:\n    renamed_from: usage\n    title: Usage'],
      ['floor: { from: record.floor, type: integer,', 'floor: { from: record.floor, type: text,'],
      ['pressure: { from', 'force: { renamed_from: pressure, from'],
      [/\n {4}columns:\n {6}article: .*/, ''],
      [
        '      cost: { from: record.price }\n',
        '      cost: { from: record.price }\n      rank: { from: record.rank, field: { type: integer, title: Rank } }\n' +
          '      vendor: { from: record.vendor, to: partner_ref }\n',
      ],
    );
    expect(warnings).to.deep.equal([]);
  });

  it('keeps the rows, their ids and what they are bound to', async () => {
    const fields = ['external_id', 'floor', 'force', 'equipment_id', 'state', 'last_message_id'];
    const rows = await line.odoo.searchRead<Row>('millwright.acme.asset', [], fields, { order: 'id' });
    expect(
      rows.map(({ external_id, floor, force, state }) => ({ external_id, floor, force, state })),
    ).to.deep.equal([
      { external_id: 'M1', floor: '2', force: 6.25, state: 'done' },
      { external_id: 'M2', floor: '3', force: 4, state: 'done' },
    ]);
    expect(rows.every((row) => row['equipment_id'] !== false)).to.equal(true);
    const ours = "SELECT flow FROM millwright_remote_state WHERE reference = 'our-key'";
    expect((await sql(ours, DATABASE)).trim()).to.equal('asset');
    const article = 'SELECT string_agg(x_removed_article, chr(44) ORDER BY id) FROM millwright_acme_takeout';
    expect((await sql(article, DATABASE)).trim()).to.equal('ART/9,ART/404');
  });

  it('leaves nothing of the former names, and nothing double', async () => {
    const count = async (query: string): Promise<string> => (await sql(query, DATABASE)).trim();
    const former = "('millwright.acme.machine', 'millwright.acme.usage')";
    expect(await count(`SELECT count(*) FROM ir_model WHERE model IN ${former}`)).to.equal('0');
    expect(await count(`SELECT count(*) FROM ir_model_fields WHERE model IN ${former}`)).to.equal('0');
    expect(
      await count(`SELECT count(*) FROM millwright_inbox WHERE integration_model IN ${former}`),
    ).to.equal('0');
    const named = "SELECT count(*) FROM %s WHERE %s ~ '(^|_)(acme_)?(machine|usage)_'";
    const ofModule = "ir_model_data WHERE module = 'millwright_acme'";
    expect(
      await count(`SELECT string_agg(name, ' ') FROM ${ofModule} AND name ~ '(acme_|^)(machine|usage)_'`),
    ).to.equal('');
    expect(
      await count(named.replace('%s', 'pg_class').replace('%s', 'relname') + " AND relname ~ 'acme'"),
    ).to.equal('0');
    for (const model of ['asset', 'takeout']) {
      const views = `SELECT count(*) || '/' || count(DISTINCT type) FROM ir_ui_view WHERE model = 'millwright.acme.${model}'`;
      expect(await count(views)).to.equal('5/5');
      const indexes = `SELECT count(*) - count(DISTINCT indkey::text || coalesce(indpred::text, '')) FROM pg_index WHERE indrelid = 'millwright_acme_${model}'::regclass`;
      expect(await count(indexes)).to.equal('0');
    }
  });

  it('goes on under the contract of before, with the new names', async () => {
    const contracts = await line.odoo.searchRead<Row>('millwright.contract', [], ['version', 'state'], {
      order: 'id',
    });
    expect(contracts.map(({ version, state }) => [version, state])).to.deep.equal([
      ['2.1.0', 'approved'],
      ['2.2.0', 'candidate'],
    ]);
    await acme.tell('machine.saved', machine('M1', 5, 7, 6.5));
    expect((await line.rest()).inbox.held).to.equal(1);
    const rows = await line.odoo.searchRead<Row>(
      'millwright.acme.asset',
      [['external_id', '=', 'M1']],
      ['state'],
    );
    expect(rows.map(({ state }) => state)).to.deep.equal(['done']);
  });

  it('knows what was posted: a repeat posts nothing, and what waited is posted once when it can be', async () => {
    const moves = (): Promise<Row[]> =>
      line.odoo.searchRead<Row>('stock.move', [['origin', '=', 'Job J-1']], ['state']);
    expect((await acme.tell('usage.booked', slip('S-1', 3, 'ART/9', 'ART/404'))).body['status']).to.equal(
      'duplicate',
    );
    expect(await moves()).to.have.length(1);
    const unbound = [['external_id', '=', 'ART/404']];
    const [part] = await line.odoo.searchRead<{ id: number }>('millwright.part', unbound, ['id']);
    await line.odoo.update('millwright.part', [part?.id ?? 0], { product_id: line.shelf.belt });
    const { inbox } = await line.rest();
    expect(inbox).to.include({ held: 0, dead: 0 });
    expect(await moves()).to.have.length(2);
  });

  it('runs the new contract once it is approved', async () => {
    const [contract] = await line.odoo.searchRead<{ id: number }>(
      'millwright.contract',
      [['state', '=', 'candidate']],
      ['id'],
    );
    await line.odoo.call('millwright.contract', 'action_approve', [[contract?.id]]).catch(ignoreNone);
    const [backend] = await line.odoo.searchRead<{ id: number }>('millwright.backend', [], ['id']);
    await line.odoo.update('millwright.backend', [backend?.id ?? 0], { contract_id: contract?.id });
    await line.adoptContract();
    await acme.tell('machine.saved', machine('M3', 6, 'basement', 1));
    expect((await line.rest()).inbox).to.include({ held: 0, dead: 0 });
    const fields = ['floor', 'force'];
    const [row] = await line.odoo.searchRead<Row>(
      'millwright.acme.asset',
      [['external_id', '=', 'M3']],
      fields,
    );
    expect(row).to.include({ floor: 'basement', force: 1 });
  });

  it('writes the fields that it adds to equipment, and those that it names there', async () => {
    const told = machine('M3', 7, 'basement', 1);
    await acme.tell('machine.saved', {
      ...told,
      machine: { ...(told['machine'] as Row), rank: 2, vendor: 'V-7' },
    });
    expect((await line.rest()).inbox).to.include({ held: 0, dead: 0 });
    expect(await equipment('M3', 'millwright_acme_rank')).to.include({
      millwright_acme_rank: 2,
      partner_ref: 'V-7',
    });
    for (const [rank, code] of [
      [2.5, 'value_not_whole'],
      [2 ** 31, 'value_too_large'],
    ] as const) {
      await acme.tell('machine.saved', {
        ...told,
        at: at(rank === 2.5 ? 8 : 9),
        machine: { ...(told['machine'] as Row), rank },
      });
      expect((await line.rest()).inbox).to.include({ held: 1, dead: 0 });
      const domain = [['state', '=', 'held']];
      const [held] = await line.odoo.searchRead<Row>('millwright.inbox', domain, ['id', 'code']);
      expect(held?.['code']).to.equal(code);
      await line.odoo.call('millwright.inbox', 'action_ignore', [[held?.['id']]]);
    }
  });

  it('sets a flow aside that is gone, and ends what waited for it', async () => {
    await line.generate('release');
    await acme.tell('usage.booked', slip('S-2', 8, 'ART/405'));
    expect((await line.rest()).inbox.held).to.equal(1);
    const warnings = await upgrade(
      '2.3.0',
      [/\n {2}takeout:[^]*$/, '\n'],
      [/\n {4}usage\.booked:\n(?: {6}.*\n)+/, '\n'],
      [
        'rank: { from: record.rank, field: { type: integer, title: Rank }',
        'grade: { from: record.rank, field: { type: integer, title: Grade, renamed_from: rank }',
      ],
      [/\n {6}vendor: .*/, ''],
    );
    expect(warnings).to.deep.equal([]);
    const kept = await sql('SELECT count(*) FROM x_removed_millwright_acme_takeout', DATABASE);
    expect(kept.trim()).to.equal('3');
    const ended = await line.odoo.searchRead<Row>(
      'millwright.inbox',
      [['code', '=', 'flow_removed']],
      ['state'],
    );
    expect(ended.map(({ state }) => state)).to.deep.equal(['ignored']);
    expect(
      await line.odoo.searchRead<Row>('stock.move', [['origin', '=', 'Job J-1']], ['state']),
    ).to.have.length(2);
  });

  it('keeps what stood in a renamed field of equipment, and goes on writing it under the contract of before', async () => {
    expect(await equipment('M3', 'millwright_acme_grade')).to.include({
      millwright_acme_grade: 2,
      partner_ref: 'V-7',
    });
    const former = "SELECT count(*) FROM ir_model_fields WHERE name = 'millwright_acme_rank'";
    expect((await sql(former, DATABASE)).trim()).to.equal('0');
    const told = machine('M3', 10, 'basement', 1);
    await acme.tell('machine.saved', { ...told, machine: { ...(told['machine'] as Row), rank: 5 } });
    await line.rest();
    expect(await equipment('M3', 'millwright_acme_grade')).to.include({ millwright_acme_grade: 5 });
  });

  /** The equipment that a machine is bound to. */
  async function equipment(no: string, field: string): Promise<Row | undefined> {
    const domain = [['external_id', '=', no]];
    const [row] = await line.odoo.searchRead<Row>('millwright.acme.asset', domain, ['equipment_id']);
    const [id] = row?.['equipment_id'] as [number, string];
    const [found] = await line.odoo.read<Row>('maintenance.equipment', [id], [field, 'partner_ref']);
    return found;
  }
});

/** XML-RPC cannot carry the nothing that a method returns; what it did is committed. */
function ignoreNone(error: unknown): void {
  if (!String(error).includes('cannot marshal None')) throw error;
}
