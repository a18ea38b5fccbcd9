import type { Json } from './canonical-json.ts';

type Node = { [key: string]: Json };

/** Schemas of the types `required:` knows. None mixes types in one place: strict validators refuse that. */
const TYPES: Readonly<Record<string, Node>> = {
  integer: { type: 'integer' },
  text: { type: 'string', minLength: 1 },
  boolean: { type: 'boolean' },
  datetime: { type: 'string', format: 'date-time' },
  date: { type: 'string', format: 'date' },
  decimal: { anyOf: [{ type: 'number' }, { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]+)?$' }] },
};

/** The JSON Schema (2020-12) of an event's body, from the paths it must have and their types. */
export function eventSchema(required: Readonly<Record<string, string>>): Node {
  const root: Branch = { children: new Map() };
  for (const [path, type] of Object.entries(required)) insert(root, path.split('.').slice(1), type);
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...render(root) };
}

interface Branch {
  type?: string;
  readonly children: Map<string, Branch>;
}

function insert(root: Branch, steps: readonly string[], type: string): void {
  let branch = root;
  for (const step of steps) {
    const child = branch.children.get(step) ?? { children: new Map() };
    branch.children.set(step, child);
    branch = child;
  }
  branch.type = type;
}

function render(branch: Branch): Node {
  if (branch.type !== undefined) return { ...TYPES[branch.type] };
  const entries = [...branch.children];
  const properties = Object.fromEntries(entries.map(([name, child]) => [name, render(child)]));
  return { type: 'object', required: entries.map(([name]) => name), properties };
}
