import type { Report } from '../../spec/report.ts';
import type { Spec } from '../../spec/types.ts';

/** Checks what the schema cannot: names that refer to names, scopes, kinds, values. */
export function checkMeaning(_spec: Spec, _report: Report): void {
}
