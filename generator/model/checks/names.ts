import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Spec } from '../../spec/types.ts';
import { MAX_IDENTIFIER, className, isReservedColumn, isReservedWord, tableName } from '../names.ts';

/** The longest name PostgreSQL gets for a table of ours: `<table>_external_id_uniq`. */
const LONGEST_SUFFIX = '_external_id_uniq';

/** The addon has files of these names that belong to no flow. */
const OWN_FILES = new Set(['samples', 'own_fields']);

/** Names become parts of Python, SQL and XML identifiers. */
export function checkNames(spec: Spec, report: Report): void {
  const { code } = spec.connector;
  if (isReservedWord(code)) reserved(report, ['connector', 'code'], code, 'value');
  const classes = new Map<string, string>();
  for (const [name, flow] of Object.entries(spec.flows)) {
    const place = ['flows', name];
    if (isReservedWord(name) || OWN_FILES.has(name)) reserved(report, place, name, 'key');
    const longest = tableName(code, name) + LONGEST_SUFFIX;
    if (longest.length > MAX_IDENTIFIER) tooLong(report, place, longest);
    const other = classes.get(className(code, name));
    if (other !== undefined) {
      report.add('name-duplicate', place, {
        found: show(name),
        expected: `a name that makes another class than ${show(other)}`,
        part: 'key',
      });
    }
    classes.set(className(code, name), name);
    for (const column of Object.keys(flow.columns ?? {}))
      checkColumn(column, [...place, 'columns', column], report);
  }
}

function checkColumn(name: string, place: Path, report: Report): void {
  if (isReservedColumn(name)) reserved(report, place, name, 'key');
  if (name.length > MAX_IDENTIFIER) tooLong(report, place, name);
}

function reserved(report: Report, place: Path, name: string, part: 'key' | 'value'): void {
  report.add('name-reserved', place, {
    found: show(name),
    expected: 'a name that Python, SQL, Odoo and the runtime do not use',
    part,
  });
}

function tooLong(report: Report, place: Path, name: string): void {
  report.add('name-too-long', place, {
    found: `${name} with ${String(name.length)} letters`,
    expected: `at most ${String(MAX_IDENTIFIER)}`,
    part: 'key',
  });
}
