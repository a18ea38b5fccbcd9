import { expect } from 'chai';
import { describe as describeReport } from '../../../scripts/start/print.ts';
import type { Report } from '../../../scripts/start/report.ts';

const AT = { odoo: 'http://odoo', database: 'demo', login: 'admin', sidecar: 'http://sidecar' };
const REPORT: Report = {
  ...{
    sent: 12,
    accepted: 11,
    duplicates: 2,
    done: 7,
    ignored: 1,
    held: 1,
    dead: 0,
    moves: 3,
    lost: 0,
    double: 0,
    wrong_stock: 0,
  },
  ...{ equipment: 2, requests: 3, read: 0, released: 4, discrepancies: 0, findings: [], seconds: 9.5 },
  stock: [{ part: '88', name: 'Tension spring', before: '40', after: '39', bound: true }],
  waiting: [
    {
      where: 'Odoo',
      count: 1,
      what: 'PART_QUANTITY_CHANGED',
      why: 'Part 299 is not bound.',
      remedy: 'choose its product',
    },
  ],
};

describe('the summary for the plant manager', () => {
  it('says what came in, what came of it, the stock, what waits and where to look', () => {
    const text = describeReport(REPORT, AT);
    expect(text).to.match(/callbacks received +11 +1 refused/);
    expect(text).to.match(/parts taken or given back +3/);
    expect(text).to.match(/Tension spring +40 → +39/);
    expect(text)
      .to.include('1 × PART_QUANTITY_CHANGED (Odoo): Part 299 is not bound.')
      .and.include('→ choose its product');
    expect(text).to.include('nothing lost, nothing double');
    expect(text).to.include('http://odoo/odoo').and.include('login admin');
  });

  it('does not hide what the ledger found', () => {
    const text = describeReport({ ...REPORT, lost: 1, findings: ['lost: part 88'] }, AT);
    expect(text).to.include('1 lost, 0 double').and.include('lost: part 88');
    expect(text).to.not.include('nothing lost');
  });
});
