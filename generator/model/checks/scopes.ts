import type { Flow, Input, Lines, Spec } from '../../spec/types.ts';
import { asParts } from '../../spec/types.ts';
import { LINE_SCOPES } from '../paths.ts';
import type { Scope } from '../paths.ts';
import { eventsNamed } from './events.ts';
import { besideBody } from './paths.ts';
import type { Scopes } from './paths.ts';

/** What is there when an input is planned; `record` and `line` only where the input says where they stand. */
export function inputScopes(spec: Spec, input: Input): Scopes {
  const fetched = eventsNamed(spec, input.on).flatMap(({ event }) =>
    (event.fetch ?? []).map((fetch) => fetch.as),
  );
  fetched.push(...besideBody(spec));
  const allowed: Scope[] = ['event'];
  if (fetched.length > 0) allowed.push('fetched');
  if (input.record !== undefined) allowed.push('record');
  allowed.push(...lineScopes(input.lines));
  return { allowed, fetched: [...new Set(fetched)] };
}

/** What is there for at least one input of a flow: the rest does not resolve, and counts as absent. */
export function flowScopes(
  spec: Spec,
  flow: Flow,
  inputs: readonly Input[] = Object.values(flow.inputs),
): Scopes {
  return union(inputs.map((input) => inputScopes(spec, input)));
}

/** Names of the elements of nested lists, the outermost first. */
export function lineScopes(value: Input['lines']): Scope[] {
  let depth = 0;
  for (let lines = asParts<Lines>(value, 'path'); lines; lines = asParts<Lines>(lines.then, 'path'))
    depth += 1;
  return depth === 0 ? [] : LINE_SCOPES.slice(Math.max(0, LINE_SCOPES.length - depth));
}

export function withoutLines(scopes: Scopes): Scopes {
  return { ...scopes, allowed: scopes.allowed.filter((name) => !LINE_SCOPES.some((line) => line === name)) };
}

export function without(scopes: Scopes, scope: Scope): Scopes {
  return { ...scopes, allowed: scopes.allowed.filter((name) => name !== scope) };
}

export function union(list: readonly Scopes[]): Scopes {
  const allowed = new Set<Scope>(['event', ...list.flatMap((scopes) => scopes.allowed)]);
  return { allowed: [...allowed], fetched: [...new Set(list.flatMap((scopes) => scopes.fetched))] };
}
