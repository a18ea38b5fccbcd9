import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { sql, ownDatabase } from '../../scripts/odoo/index.ts';
import { until } from '../helpers/wait.ts';
import { useReleasedLine } from './second-product/released.ts';

interface Contract {
  id: number;
  hash: string;
  state: string;
}

const DATABASE = ownDatabase('activation');
const CRONS = `UPDATE ir_cron SET active = %s WHERE cron_name LIKE 'Millwright%'`;
const SECOND_RUNNER = `UPDATE ir_cron SET active = %s WHERE cron_name LIKE 'Millwright%(runner 2)'`;
const WAIT_MS = 60_000;
const FLIPS = 4;

/** Deploy is not activate: which mapping runs is a row, whatever the addon brings, and changes while messages flow. */
describe('a candidate mapping', function () {
  this.timeout(300_000);
  const { line, spec } = useReleasedLine(DATABASE);
  let told = 0;

  it('changes nothing by an upgrade, not even for what was accepted before and runs after', async () => {
    await tell(3);
    await line.rest();
    await sql(CRONS.replace('%s', 'false'), DATABASE);
    await tell(6);
    const text = readFileSync(spec, 'utf8');
    const from = 'name: { from: record.label }';
    expect(text.split(from)).to.have.length(2);
    writeFileSync(
      spec,
      text
        .replace(/version: \d+\.\d+\.\d+/, 'version: 2.2.0')
        .replace(from, "name: { from: '{record.label} ({record.plate})' }"),
    );
    expect((await line.upgrade()).failures).to.deep.equal([]);
    await sql(CRONS.replace('%s', 'true'), DATABASE);
    await tell(3);
    await line.rest();
    const [running] = await contracts();
    expect(await namesByHash()).to.deep.equal([`${running?.hash}|plain|12`]);
  });

  it('runs from the moment it is chosen and not after the flip back, while messages flow; none is mixed', async () => {
    const [former, candidate] = await contracts();
    if (former === undefined || candidate === undefined) throw new Error('There are not two contracts.');
    expect(candidate.state).to.equal('candidate');
    await line.odoo
      .call('millwright.contract', 'action_approve', [[candidate.id]])
      .catch((error: unknown) => {
        if (!String(error).includes('cannot marshal None')) throw error; // XML-RPC carries no nothing
      });
    const [backend = 0] = await line.odoo.search('millwright.backend', []);
    const traffic = { flows: true };
    const load = (async () => {
      while (traffic.flows) await tell(2);
    })();
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const chosen = flip % 2 === 0 ? candidate : former;
      const before = await ranUnder(chosen.hash);
      await line.odoo.update('millwright.backend', [backend], { contract_id: chosen.id });
      const atFlip = await sql('SELECT max(id) FROM millwright_audit', DATABASE);
      while ((await ranUnder(chosen.hash)) < before + 3) await tell(1);
      const others = `SELECT count(*) FROM millwright_audit
        WHERE id > ${atFlip} AND flow = 'machine' AND contract_hash <> '${chosen.hash}'`;
      expect(await sql(others, DATABASE), 'carried out under the other one after the flip').to.equal('0');
    }
    traffic.flows = false;
    await load;
    const { inbox } = await line.rest();
    expect(inbox).to.include({ held: 0, dead: 0, done: told });
    const found = await namesByHash();
    expect(found.map((row) => row.replace(/\|\d+$/, ''))).to.have.members([
      `${former.hash}|plain`,
      `${candidate.hash}|with plate`,
    ]);
    const counts = found.map((row) => Number(row.split('|')[2]));
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(told);
  });

  it('plans again what was planned before a flip and is carried out after it', async () => {
    const [former] = await contracts();
    const [backend] = await line.odoo.searchRead<{ id: number; contract_id: [number, string] }>(
      'millwright.backend',
      [],
      ['contract_id'],
    );
    if (former === undefined || backend === undefined) throw new Error('There is no backend.');
    expect(backend.contract_id[0], 'the contract before this flip').to.equal(former.id);
    const [, candidate] = await contracts();
    // The first runner plans for the second too, which does not run.
    await line.odoo.call('ir.config_parameter', 'set_param', ['millwright.runners', '2']);
    await sql(SECOND_RUNNER.replace('%s', 'false'), DATABASE);
    const newest = await sql('SELECT max(id) FROM millwright_inbox', DATABASE);
    await tell(12);
    const since = `FROM millwright_inbox WHERE id > ${newest} AND flow = 'machine'`;
    const count = async (query: string): Promise<number> => Number(await sql(query, DATABASE));
    const seen = `SELECT count(*) ${since} AND command IS NOT NULL`;
    await until(async () => (await count(seen)) >= 12, WAIT_MS, 'all are planned');
    const waiting = await sql(`SELECT string_agg(id::text, ',') ${since} AND state = 'pending'`, DATABASE);
    expect(waiting, 'what waits for the second runner').to.not.equal('');
    await line.odoo.update('millwright.backend', [backend.id], { contract_id: candidate?.id });
    await sql(SECOND_RUNNER.replace('%s', 'true'), DATABASE);
    await tell(1);
    await line.rest();
    const ran = `SELECT DISTINCT contract_hash || ' ' || state FROM millwright_inbox WHERE id IN (${waiting})`;
    expect(await sql(ran, DATABASE)).to.equal(`${candidate?.hash} done`);
  });

  /** Machines that nobody has heard of yet. */
  async function tell(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      told += 1;
      const no = `M${told}`;
      const at = new Date(Date.UTC(2026, 8, 3, 6, told)).toISOString().replace('.000Z', '+00:00');
      const machine = { label: `Press ${no}`, plate: `SN-${no}`, site: 'SUED' };
      await line.acme.tell('machine.saved', { no, at, machine });
    }
  }

  async function contracts(): Promise<Contract[]> {
    return line.odoo.searchRead<Contract>('millwright.contract', [], ['hash', 'state'], { order: 'id' });
  }

  async function ranUnder(hash: string): Promise<number> {
    const query = `SELECT count(*) FROM millwright_inbox WHERE state = 'done' AND contract_hash = '${hash}'`;
    return Number(await sql(query, DATABASE));
  }

  /** How many equipments have which kind of name, by the contract that their message says it ran under. */
  async function namesByHash(): Promise<string[]> {
    const query = `SELECT message.contract_hash,
        CASE WHEN asset.name::text LIKE '%(SN-%' THEN 'with plate' ELSE 'plain' END, count(*)
      FROM millwright_inbox AS message
      JOIN millwright_acme_machine AS machine ON machine.id = message.integration_id
      JOIN maintenance_equipment AS asset ON asset.id = machine.equipment_id
      WHERE message.state = 'done' AND message.flow = 'machine' GROUP BY 1, 2 ORDER BY 1`;
    return (await sql(query, DATABASE)).split('\n');
  }
});
