/** Path expressions and templates, as docs/architecture.md §2 defines them. */
/** Elements of nested lists, from the outermost to the innermost. */
export const LINE_SCOPES = ['group', 'item', 'line'] as const;
export const SCOPES = ['event', 'fetched', 'record', ...LINE_SCOPES, 'ce', 'batch', 'header'] as const;
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

const FILTER = /^(?:trim|upper|lower|strip_zeros|(?:before|after)=[^{}|]{1,20})$/;
export const FILTERS = ['trim', 'upper', 'lower', 'strip_zeros', 'before=<text>', 'after=<text>'] as const;

export function isFilter(text: string): boolean {
  return FILTER.test(text);
}

/** The paths of a source that is a template, each with its filters; undefined for lone braces or no path in it. */
export function parseSource(source: string): { path: string; filters: readonly string[] }[] | undefined {
  if (/[{}]/.test(source.replaceAll(/\{[^{}]*\}/g, ''))) return undefined;
  const found = [...source.matchAll(/\{([^{}]*)\}/g)].map((match) => {
    const [path = '', ...filters] = (match[1] ?? '').split('|');
    return { path, filters };
  });
  return found.length > 0 ? found : undefined;
}

export function isTemplate(source: string): boolean {
  return /[{}]/.test(source);
}

/** Templates that read all paths as one text, with ever fewer of the last, as these may be missing. */
export function joined(paths: readonly string[], between: string): string[] {
  return paths.map((_path, index) => {
    const used = paths.slice(0, paths.length - index);
    return used.length === 1 ? (used[0] ?? '') : used.map((path) => `{${path}}`).join(between);
  });
}
