import { expect } from 'chai';
import { BringUpError } from '../../../scripts/odoo/errors.ts';
import { existingOdoo } from '../../../scripts/odoo/existing.ts';

const FULL = {
  MILLWRIGHT_ODOO_URL: 'https://erp.example.com/',
  MILLWRIGHT_ODOO_DATABASE: 'plant',
  MILLWRIGHT_ODOO_USER: 'admin',
  MILLWRIGHT_ODOO_PASSWORD: 'secret-word',
};

function problemOf(env: Record<string, string>): BringUpError {
  try {
    existingOdoo(env);
  } catch (error) {
    if (error instanceof BringUpError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('existingOdoo', () => {
  it('gives undefined when none of the variables is set, or all are empty', () => {
    expect(existingOdoo({})).to.equal(undefined);
    expect(existingOdoo({ MILLWRIGHT_ODOO_URL: '' })).to.equal(undefined);
  });

  it('gives the connection when all four are set, without a slash at the end of the address', () => {
    expect(existingOdoo(FULL)).to.deep.equal({
      url: 'https://erp.example.com',
      db: 'plant',
      user: 'admin',
      password: 'secret-word',
    });
  });

  it('names what is missing when some are set, and never prints the password', () => {
    const error = problemOf({ MILLWRIGHT_ODOO_USER: 'admin', MILLWRIGHT_ODOO_PASSWORD: 'secret-word' });
    expect(error.code).to.equal('EXISTING_ODOO_CONFIG');
    expect(error.message).to.include('MILLWRIGHT_ODOO_URL').and.include('MILLWRIGHT_ODOO_DATABASE');
    expect(error.message).not.to.include('secret-word');
  });

  for (const url of [
    'erp.example.com',
    'ftp://erp.example.com',
    'https://erp.example.com/odoo',
    'https://me:pw@erp.example.com',
  ]) {
    it(`refuses the address ${url.replace('me:pw@', '<user>@')}`, () => {
      expect(problemOf({ ...FULL, MILLWRIGHT_ODOO_URL: url }).message).to.include(
        'MILLWRIGHT_ODOO_URL must be an address',
      );
    });
  }

  it('reports all problems at once', () => {
    const error = problemOf({ MILLWRIGHT_ODOO_URL: 'nonsense', MILLWRIGHT_ODOO_USER: 'admin' });
    expect(error.message.split('\n')).to.have.lengthOf(2);
  });
});
