import { show } from '../../spec/report.ts';
import type { Report } from '../../spec/report.ts';
import type { Spec } from '../../spec/types.ts';
import { asList } from '../../spec/types.ts';
import type { PathChecker } from './paths.ts';
import { flowScopes, union } from './scopes.ts';

const WORDS = new Set(
  (
    'email mail phone mobile telephone fax user users username login assigned assignee assignees technician technicians employee employees ' +
    'contact contacts person people worker workers operator author requester reporter owner signature birthday birthdate address ' +
    'surname firstname lastname fullname'
  ).split(' '),
);
const PAIRS = new Set(['first name', 'last name', 'full name', 'family name', 'given name', 'middle name']);

/** What is mapped and looks like a person has to be tagged, so that it can be found, limited and erased. */
export function checkPersonal(spec: Spec, paths: PathChecker, report: Report): void {
  const used = [...paths.used];
  const tags = Object.values(spec.personal ?? {}).flatMap((list) => [...asList(list)]);
  for (const { path, place } of used) {
    if (!looksPersonal(path) || tags.some((tag) => path === tag || path.startsWith(`${tag}.`))) continue;
    if (report.isBroken(['personal'])) continue;
    report.add('personal-untagged', place, {
      found: show(path),
      expected: 'a tag under `personal:`, as the name looks like a person',
    });
  }
  const scopes = union(Object.values(spec.flows).map((flow) => flowScopes(spec, flow)));
  for (const [tag, list] of Object.entries(spec.personal ?? {}))
    paths.paths(list, ['personal', tag], scopes, { looked: true });
}

/** Whether a name on the path is made of words that stand for people: `lastName`, `first_name`, `createdBy`. */
export function looksPersonal(path: string): boolean {
  return path
    .split('.')
    .slice(1)
    .some((step) => {
      const words = step
        .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((word) => word !== '');
      const pairs = words.slice(1).map((word, index) => `${words[index] ?? ''} ${word}`);
      return (
        words.some((word) => WORDS.has(word)) ||
        pairs.some((pair) => PAIRS.has(pair)) ||
        (words.length > 1 && words.at(-1) === 'by')
      );
    });
}
