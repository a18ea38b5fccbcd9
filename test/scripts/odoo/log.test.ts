import { expect } from 'chai';
import { failedTests, parseLog } from '../../../scripts/odoo/log.ts';

function line(level: string, logger: string, message: string): string {
  return `2026-11-23 18:18:43,055 25371 ${level} some_db ${logger}: ${message}`;
}

describe('parseLog', () => {
  it('finds nothing wrong in a quiet run and counts the modules', () => {
    const summary = parseLog(
      [line('INFO', 'odoo.modules.loading', '71 modules loaded in 44.32s, 5 queries (+5 extra)'), ''].join(
        '\n',
      ),
    );
    expect(summary).to.deep.equal({
      failures: [],
      warnings: [],
      tests: { run: 0, failed: 0, errors: 0, skipped: [] },
      modulesLoaded: 71,
    });
  });

  it('reports an error with the end of its traceback', () => {
    const log = [
      line('CRITICAL', 'odoo.service.server', 'Failed to initialize database `some_db`. '),
      'Traceback (most recent call last):',
      '  File "x.py", line 1, in <module>',
      'IndentationError: unexpected indent',
      line('INFO', 'odoo.service.server', 'Initiating shutdown'),
    ].join('\n');
    const { failures } = parseLog(log);
    expect(failures).to.have.lengthOf(1);
    expect(failures[0]).to.include('Failed to initialize').and.include('IndentationError: unexpected indent');
  });

  it('exempts the two files that the Debian package lacks, and nothing else', () => {
    const log = [
      line(
        'ERROR',
        'odoo.addons.base.models.assetsbundle',
        'Could not get content for /mail/static/lib/selfie_segmentation/selfie_segmentation.js',
      ),
      line(
        'ERROR',
        'odoo.addons.base.models.assetsbundle',
        'Could not get content for /ours/static/src/x.js',
      ),
    ].join('\n');
    expect(parseLog(log).failures).to.have.lengthOf(1);
  });

  it('sums up the tests and reports each failed one once', () => {
    const log = [
      line('ERROR', 'odoo.addons.ours.tests.test_x', 'FAIL: TestX.test_one'),
      'AssertionError: 1 != 2',
      line('ERROR', 'odoo.tests.result', "1 failed, 0 error(s) of 8 tests when loading database 'some_db' "),
    ].join('\n');
    const { failures, tests } = parseLog(log);
    expect(tests).to.deep.equal({ run: 8, failed: 1, errors: 0, skipped: [] });
    expect(failures).to.have.lengthOf(1);
    expect(failures[0]).to.include('TestX.test_one').and.include('1 != 2');
  });

  it('reads skipped tests with their reason', () => {
    const log = line(
      'INFO',
      'odoo.addons.test_lint.tests.test_eslint',
      'skipped TestESLint.test_eslint : eslint tool not found on this system',
    );
    expect(parseLog(log).tests.skipped).to.deep.equal([
      { test: 'TestESLint.test_eslint', reason: 'eslint tool not found on this system' },
    ]);
  });

  it('keeps warnings apart from failures and leaves out those of every start', () => {
    const log = [
      line(
        'WARNING',
        'odoo.tools.config',
        'missing --http-interface/http_interface, using 0.0.0.0 by default',
      ),
      line(
        'WARNING',
        'odoo.modules.loading',
        "The models ['x'] have no access rules in module ours, consider adding some, like:",
      ),
    ].join('\n');
    const summary = parseLog(log);
    expect(summary.failures).to.deep.equal([]);
    expect(summary.warnings).to.have.lengthOf(1);
  });
});

describe('failedTests', () => {
  it('names each failed test once, with its module, its failed parts counted as itself', () => {
    const module = 'odoo.addons.stock.tests.test_move';
    const log = [
      line('INFO', module, 'Starting TestMove.test_a ... '),
      line('ERROR', module, 'FAIL: Subtest TestMove.test_b (qty=2)'),
      'Traceback (most recent call last):',
      line('ERROR', module, 'FAIL: Subtest TestMove.test_b (qty=3)'),
      line('ERROR', module, 'ERROR: TestMove.test_a'),
      line('ERROR', module, 'ERROR: setUpClass (odoo.addons.stock.tests.test_move.TestOther)'),
      line('ERROR', 'odoo.sql_db', 'bad query: SELECT 1'),
      line('ERROR', 'odoo.tests.result', '1 failed, 2 error(s) of 3 tests when loading database'),
    ].join('\n');
    expect(failedTests(log)).to.deep.equal([
      'stock.tests.test_move.TestMove.test_a',
      'stock.tests.test_move.TestMove.test_b',
      'stock.tests.test_move.setUpClass (odoo.addons.stock.tests.test_move.TestOther)',
    ]);
  });
});
