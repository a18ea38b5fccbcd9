import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readModels, type OdooAddress } from '../../cli/odoo-models.ts';
import { run } from '../../cli/program.ts';
import { modelsText } from '../../generator/index.ts';
import { connectOdoo } from '../../scripts/odoo/index.ts';
import { withPlainOdoo } from '../../scripts/odoo/plain.ts';

const PASSWORD = 'MILLWRIGHT_ODOO_PASSWORD';

describe('the models of Odoo that specs are checked against', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'millwright-against-'));
  const spec = join(folder, 'acme.yaml');
  const base = readFileSync('test/fixtures/specs/acme.yaml', 'utf8');
  let release: () => void;
  let odoo: OdooAddress;
  let closed: Promise<void>;
  const before_ = process.env[PASSWORD];

  before(async () => {
    odoo = await new Promise<OdooAddress>((resolve, reject) => {
      closed = withPlainOdoo((address) => {
        resolve(address);
        return new Promise<void>((done) => {
          release = done;
        });
      });
      closed.catch(reject);
    });
  });
  after(async () => {
    if (before_ === undefined) Reflect.deleteProperty(process.env, PASSWORD);
    else process.env[PASSWORD] = before_;
    release();
    await closed;
    rmSync(folder, { recursive: true });
  });

  const validate = (to: string, password: string, ...more: string[]) =>
    call('validate', to, password, ...more);

  async function call(command: string, to: string, password: string, ...more: string[]) {
    writeFileSync(
      spec,
      base.replace(
        'cost: { from: record.price }',
        `cost: { from: record.price }\n      ref: { from: record.ref, to: ${to} }`,
      ),
    );
    process.env[PASSWORD] = password;
    let text = '';
    const stream = (part: string): void => {
      text += part;
    };
    const code = await run([command, spec, '--against', odoo.url, ...more], { out: stream, err: stream });
    return { code, text };
  }
  const who = () => ['--database', odoo.database, '--user', odoo.user];

  it('are shipped as Odoo has them', async () => {
    expect(readFileSync('generator/odoo/odoo-19.json', 'utf8')).to.equal(modelsText(await readModels(odoo)));
  });

  it('are those of the running one with --against: what was added there can be named, and what it needs is missed', async () => {
    expect((await validate('x_line', odoo.password, ...who())).text).to.include('odoo-field-unknown');
    const client = await connectOdoo({ ...odoo, db: odoo.database });
    const [model] = await client.search('ir.model', [['model', '=', 'maintenance.equipment']]);
    const field = {
      model_id: model,
      name: 'x_line',
      ttype: 'char',
      field_description: 'Line',
      required: true,
    };
    await client.create('ir.model.fields', field);
    const missed = await validate('partner_ref', odoo.password, ...who());
    expect(missed.code).to.equal(1);
    expect(missed.text).to.include('odoo-field-missing').and.to.include('x_line');
    const optional = await validate('x_line', odoo.password, ...who());
    expect(optional.text).to.include('odoo-field-missing').and.to.include('may be absent');
    const line = 'x_line, required: true';
    const made = await call('generate', line, odoo.password, ...who(), '--out', folder);
    expect(made.code, made.text).to.equal(0);
    const contract = readFileSync(join(folder, 'millwright_acme', 'contract.json'), 'utf8');
    expect(contract).to.include('"odoo": "x_line"');
    const released = await call('release', line, odoo.password, ...who(), '--out', folder);
    expect(released.code, released.text).to.equal(0);
  });

  it('cannot be read with a wrong password, which is never shown', async () => {
    const { code, text } = await validate('partner_ref', 'a-wrong-one', ...who());
    expect(code).to.equal(2);
    expect(text).to.include('Check the database').and.not.to.include('a-wrong-one');
  });

  it('cannot be read of a database that is not there, or without saying which', async () => {
    expect(
      (await validate('partner_ref', odoo.password, '--database', 'nowhere', '--user', 'admin')).code,
    ).to.equal(2);
    const { code, text } = await validate('partner_ref', odoo.password);
    expect([code, text.trim()]).to.deep.equal([2, 'millwright: --against needs --database and --user']);
  });

  it('cannot be read where nothing listens, or nothing answers', async () => {
    const nobody = { ...odoo, url: 'http://127.0.0.1:9' };
    const said = await readModels(nobody).catch((error: unknown) => String(error));
    expect(said).to.include('Is Odoo running at that address?');
    const late = await readModels(odoo, 1).catch((error: unknown) => String(error));
    expect(late).to.include('did not answer within 0.001 s');
  });
});
