import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Role, Spec } from '../../spec/types.ts';

/** A consumption that reaches us several ways is posted by one of them; the others check. */
export function checkConsumption(spec: Spec, report: Report): void {
  for (const kind of new Set(Object.values(spec.flows).map((flow) => flow.kind)))
    checkKind(spec, kind, report);
}

/** Kinds that may be told twice: a reading and a state replace each other, nothing is added up. */
const NOT_ADDED_UP: readonly string[] = ['meter_reading', 'downtime'];

function checkKind(spec: Spec, kind: string, report: Report): void {
  const posts = NOT_ADDED_UP.includes(kind) ? [] : inputsOf(spec, kind, ['post', 'converge']);
  for (const { place } of posts.slice(1)) {
    const first = posts[0]?.place.join('.') ?? '';
    report.add('post-twice', [...place, 'role'], {
      found: `a second input that posts, beside ${first}`,
      expected: 'role check',
    });
  }
  if (posts.length > 0 || report.isBroken(['flows'])) return;
  for (const { place } of inputsOf(spec, kind, ['check'])) {
    report.add('check-without-post', [...place, 'role'], {
      found: show('check'),
      expected: 'another input that posts',
    });
  }
}

function inputsOf(spec: Spec, kind: string, roles: readonly Role[]): { place: Path }[] {
  const flows = Object.entries(spec.flows).filter(([, flow]) => flow.kind === kind);
  return flows.flatMap(([flow, { inputs }]) =>
    Object.entries(inputs)
      .filter(([, input]) => roles.includes(input.role))
      .map(([input]) => ({ place: ['flows', flow, 'inputs', input] })),
  );
}
