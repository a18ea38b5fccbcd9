/** Path expressions and templates, as docs/architecture.md §2 defines them. */
export const SCOPES = ['event', 'fetched', 'record', 'line'] as const;
export type Scope = (typeof SCOPES)[number];

const STEP = /^(?:[A-Za-z_$@][A-Za-z0-9_$@-]*|0|[1-9][0-9]{0,3})$/;
const FORBIDDEN = new Set(['__proto__', 'prototype', 'constructor']);

/** The steps of `scope.name.name`; undefined when it is not written so. The scope itself is not checked. */
export function parsePath(path: string): readonly string[] | undefined {
  if (path.length > 200) return undefined;
  const steps = path.split('.');
  const sound = steps.every((step) => STEP.test(step) && !FORBIDDEN.has(step));
  return sound ? steps : undefined;
}

/** The paths of a template; undefined when its braces do not match. */
export function parseTemplate(template: string): readonly string[] | undefined {
  const rest = template.replaceAll(/\{[^{}]*\}/g, '');
  if (/[{}\s]/.test(rest)) return undefined;
  return [...template.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
}
