import type { Contract } from '../contract.ts';

/**
 * Whether an event makes movements of what is read for it. Movements add up: what a state said that is gone is not to be had from the
 * one that came after it, and nothing later puts it right, as a newer snapshot does.
 */
export function movesWhatIsRead({ events, flows }: Contract, event: string): boolean {
  const reads = (events[event]?.fetch ?? []).map((read) => `fetched.${read.as}`);
  return Object.values(flows)
    .flatMap(({ inputs }) => Object.values(inputs))
    .filter(({ role, on }) => role === 'post' && on.includes(event))
    .some((input) => reads.some((path) => JSON.stringify(input).includes(path)));
}
