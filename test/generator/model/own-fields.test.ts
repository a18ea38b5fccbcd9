import { expect } from 'chai';

import { generate, shippedModels } from '../../../generator/index.ts';
import type { OdooModels } from '../../../generator/index.ts';
import { edit, source } from '../helpers/specs.ts';

const EQUIPMENT = 'maintenance.equipment';

/** What the contract says of a field of machines that is mapped to `to`, made for an Odoo with these models. */
function ownField(to: string, odoo?: OdooModels): unknown {
  const text = edit('cost: { from: record.price, zero: keep }', `rank: { from: record.rank, to: ${to} }`);
  const { files } = generate({ ...source(text), ...(odoo && { odoo }) });
  const contract = JSON.parse(files.get('contract.json') ?? '') as {
    flows: { machine: { own_fields?: Record<string, unknown>; inputs: { saved: { fields: object } } } };
  };
  expect(contract.flows.machine.inputs.saved.fields).to.have.property('rank');
  return contract.flows.machine.own_fields?.['rank'];
}

const withField = (name: string, field: OdooModels[string][string]): OdooModels => ({
  ...shippedModels(),
  [EQUIPMENT]: { ...shippedModels()[EQUIPMENT], [name]: field },
});

describe('fields with `to:` in the contract', () => {
  it('are those of the Odoo that the addon is for: one that it alone has stands there', () => {
    expect(ownField('x_line', withField('x_line', { type: 'char' }))).to.deep.equal({
      type: 'text',
      values: null,
      odoo: 'x_line',
      odoo_type: 'text',
    });
  });

  it('have the type they have there, and that of Odoo as it comes when no other was asked', () => {
    expect(ownField('partner_ref')).to.include({ odoo_type: 'text' });
    expect(ownField('partner_ref', withField('partner_ref', { type: 'integer' }))).to.include({
      odoo_type: 'integer',
    });
  });
});
