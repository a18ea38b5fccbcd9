import { show } from '../../spec/report.ts';
import type { Path, Report } from '../../spec/report.ts';
import type { Role, Spec } from '../../spec/types.ts';

/** A consumption that reaches us several ways is posted by one of them; the others check. */
export function checkConsumption(spec: Spec, report: Report): void {
  const posts = inputsOf(spec, 'post');
  for (const { place } of posts.slice(1)) {
    const first = posts[0]?.place.join('.') ?? '';
    report.add('post-twice', [...place, 'role'], {
      found: `a second input that posts, beside ${first}`,
      expected: 'role check',
    });
  }
  if (posts.length > 0 || report.isBroken(['flows'])) return;
  for (const { place } of inputsOf(spec, 'check')) {
    report.add('check-without-post', [...place, 'role'], {
      found: show('check'),
      expected: 'another input that posts',
    });
  }
}

function inputsOf(spec: Spec, role: Role): { place: Path }[] {
  return Object.entries(spec.flows).flatMap(([flow, { inputs }]) =>
    Object.entries(inputs)
      .filter(([, input]) => input.role === role)
      .map(([input]) => ({ place: ['flows', flow, 'inputs', input] })),
  );
}
