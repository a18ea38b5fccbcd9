import type { Flow, Input, Spec } from '../../spec/types.ts';
import type { Scope } from '../paths.ts';
import { allEvents } from './events.ts';
import type { Scopes } from './paths.ts';

/** What is there when an input is planned; `record` and `line` only where the input says where they stand. */
export function inputScopes(spec: Spec, input: Input): Scopes {
  const fetched = allEvents(spec)
    .filter(({ name }) => input.on.includes(name))
    .flatMap(({ event }) => (event.fetch ?? []).map((fetch) => fetch.as));
  const allowed: Scope[] = ['event'];
  if (fetched.length > 0) allowed.push('fetched');
  if (input.record !== undefined) allowed.push('record');
  if (input.lines !== undefined) allowed.push('line');
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

export function without(scopes: Scopes, scope: Scope): Scopes {
  return { ...scopes, allowed: scopes.allowed.filter((name) => name !== scope) };
}

export function union(list: readonly Scopes[]): Scopes {
  const allowed = new Set<Scope>(['event', ...list.flatMap((scopes) => scopes.allowed)]);
  return { allowed: [...allowed], fetched: [...new Set(list.flatMap((scopes) => scopes.fetched))] };
}
