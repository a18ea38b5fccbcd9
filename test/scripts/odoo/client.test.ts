import { expect } from 'chai';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectOdoo, explain, OdooCallError, withoutTraceback } from '../../../scripts/odoo/client.ts';

describe('withoutTraceback', () => {
  it('keeps the last line of a Python traceback', () => {
    const text =
      'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: Invalid field \'name\'\n';
    expect(withoutTraceback(text)).to.equal("ValueError: Invalid field 'name'");
  });

  it('keeps the whole of any other text', () => {
    expect(withoutTraceback('You cannot do this.\nAsk your manager.')).to.equal(
      'You cannot do this.\nAsk your manager.',
    );
  });
});

describe('explain', () => {
  it('carries the fault code of Odoo', () => {
    const error = explain('stock.move.create', { faultCode: 4, faultString: 'Access Denied' });
    expect(error.faultCode).to.equal(4);
    expect(error.code).to.equal('ODOO_FAULT');
    expect(error.message).to.include('stock.move.create');
  });

  it('asks to check the login when odoo-await rejects with a plain text', () => {
    expect(explain('log in', 'Error connecting to database.').message).to.match(
      /Check database, user and password\.$/,
    );
  });
});

describe('connectOdoo', () => {
  it('ends with ODOO_TIMEOUT when the server accepts and never answers', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await connectOdoo({
        url: `http://127.0.0.1:${port}`,
        db: 'x',
        user: 'x',
        password: 'x',
        timeoutMs: 50,
      });
      expect.fail('it connected');
    } catch (error) {
      expect(error).to.be.instanceOf(OdooCallError);
      expect((error as OdooCallError).code).to.equal('ODOO_TIMEOUT');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
