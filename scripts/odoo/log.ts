/** Reading of Odoo's log. Pure. */

/** What an `-i`, `-u` or test run told in its log. */
export interface LogSummary {
  /** Errors and failed tests, as sentences; empty when all went well. */
  failures: string[];
  /** Warnings, without those every start of this package gives. */
  warnings: string[];
  /** Tests that ran, were failed, ended in an error, were skipped (with Odoo's reason). */
  tests: { run: number; failed: number; errors: number; skipped: SkippedTest[] };
  /** Modules in the registry at the end, 0 when it was never loaded. */
  modulesLoaded: number;
}

export interface SkippedTest {
  test: string;
  reason: string;
}

interface LogRecord {
  level: string;
  logger: string;
  /** The first line of the message. */
  message: string;
  /** The following lines, usually a traceback. */
  rest: string[];
}

const LINE =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (DEBUG|INFO|RUNBOT|WARNING|ERROR|CRITICAL) (\S+) ([\w.-]+): (.*)$/;

const TRACEBACK_LINES = 30;

/** ERROR lines that are harmless: Debian's package removed two files of a third party, the asset bundle names them still. */
const HARMLESS = [/selfie_segmentation/];

/** WARNING lines that say nothing about our addons. */
const EXPECTED_WARNINGS = [/^missing --http-interface/, /deprecated in Odoo 19|XML-RPC/];

/** Splits a log into its records; lines before the first record are dropped. */
export function parseRecords(log: string): LogRecord[] {
  const records: LogRecord[] = [];
  for (const line of log.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) {
      records.at(-1)?.rest.push(line);
      continue;
    }
    const [, level = '', , logger = '', message = ''] = match;
    records.push({ level, logger, message, rest: [] });
  }
  return records;
}

/** Sums up a whole log. */
export function parseLog(log: string): LogSummary {
  const summary: LogSummary = {
    failures: [],
    warnings: [],
    tests: { run: 0, failed: 0, errors: 0, skipped: [] },
    modulesLoaded: 0,
  };
  for (const record of parseRecords(log)) {
    readResult(record, summary);
    const skip = /^skipped (\S+) : (.*)$/.exec(record.message);
    if (skip !== null)
      summary.tests.skipped.push({ test: skip[1] ?? '', reason: [skip[2], ...record.rest].join(' ').trim() });
    const loaded = /^(\d+) modules loaded in/.exec(record.message);
    if (loaded !== null) summary.modulesLoaded = Number(loaded[1]);
    if (record.level === 'WARNING' && !EXPECTED_WARNINGS.some((pattern) => pattern.test(record.message))) {
      summary.warnings.push(`${record.logger}: ${[record.message, ...essence(record.rest)].join('\n    ')}`);
    }
    if (!isFailure(record)) continue;
    summary.failures.push(`${record.logger}: ${[record.message, ...essence(record.rest)].join('\n    ')}`);
  }
  return summary;
}

/** `0 failed, 0 error(s) of 8 tests when loading database 'x'`, printed once per phase or once per run. */
function readResult(record: LogRecord, summary: LogSummary): void {
  const match = /^(\d+) failed, (\d+) error\(s\) of (\d+) tests/.exec(record.message);
  if (match === null || record.logger !== 'odoo.tests.result') return;
  summary.tests.failed += Number(match[1]);
  summary.tests.errors += Number(match[2]);
  summary.tests.run += Number(match[3]);
}

function isFailure(record: LogRecord): boolean {
  if (record.level !== 'ERROR' && record.level !== 'CRITICAL') return false;
  if (HARMLESS.some((pattern) => pattern.test(record.message))) return false;
  // The final count repeats failures that were logged one by one.
  return record.logger !== 'odoo.tests.result' || !/^\d+ failed, /.test(record.message);
}

/** The end of a traceback says what happened. */
function essence(rest: string[]): string[] {
  const lines = rest.filter((line) => line.trim() !== '');
  return lines.slice(-TRACEBACK_LINES);
}

/** Names of the tests that failed, as `module.Class.method`, each once, sorted. A failed part of a test counts as the test. */
export function failedTests(log: string): string[] {
  const names = parseRecords(log).flatMap(({ level, logger, message }) => {
    const match = /^(?:FAIL|ERROR): (?:Subtest )?(\w+\.\w+|setUpClass \([\w.]+\))/.exec(message);
    return level === 'ERROR' && match !== null
      ? [`${logger.replace(/^odoo\.addons\./, '')}.${match[1] ?? ''}`]
      : [];
  });
  return [...new Set(names)].sort();
}
