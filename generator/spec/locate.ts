import { isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Node } from 'yaml';

import type { Locate, Path, Place } from './report.ts';

/** A node of the file with the keys or elements below it. */
interface Spot {
  readonly key: number;
  readonly value: number;
  readonly below: ReadonlyMap<string, Spot>;
}

/** Tells where values and keys stand. The tree is walked once, for all questions together. */
export function locator(root: unknown, at: (offset: number) => Place): Locate {
  let known: Spot | undefined;
  return (path, part) => {
    known ??= spotOf(root, 0);
    return at(offsetOf(known, path, part));
  };
}

/** Where the value at a path begins, or its key; its nearest parent when it is not there. */
function offsetOf(root: Spot, path: Path, part: 'key' | 'value'): number {
  let spot = root;
  for (const [index, step] of path.entries()) {
    const next = spot.below.get(String(step));
    if (next === undefined) break;
    spot = next;
    if (part === 'key' && index === path.length - 1) return spot.key;
  }
  return spot.value;
}

/** A value without text of its own, such as the null after `key:`, stands where its key does. */
function spotOf(node: unknown, key: number): Spot {
  const below = new Map<string, Spot>();
  if (isMap(node)) {
    for (const { key: name, value } of node.items) {
      if (isScalar(name)) below.set(String(name.value), spotOf(value, start(name) ?? key));
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries())
      below.set(String(index), spotOf(item, start(item) ?? key));
  }
  return { key, value: start(node) ?? key, below };
}

function start(node: unknown): number | undefined {
  return isPair(node) ? undefined : ((node as Node | null)?.range?.[0] ?? undefined);
}
