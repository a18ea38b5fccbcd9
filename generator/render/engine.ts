import { ForTag, IfTag, Liquid, Output } from 'liquidjs';
import type { Template, Token } from 'liquidjs';

const parser = new Liquid({ strictFilters: true, greedy: true, cache: false, dynamicPartials: false });

/** What names stand for: the context of the template first, then the element of each loop around. */
type Values = unknown[];
type Fill = (values: Values) => string;

/**
 * Reads a template once. Values are placed as they are: they come quoted. An unknown name is an error.
 *
 * Liquid reads the syntax; what it read is turned into functions here, as a connector fills its templates hundreds of
 * times, and Liquid's own interpreter was a fifth of the time of a generation. Only what a template may do is known:
 * place a value, loop over a list, ask whether a value is there.
 */
export function compile(name: string, template: string): (context: object) => string {
  const fill = fillAll(name, parser.parse(template), []);
  return (context) => {
    try {
      return fill([context]);
    } catch (error) {
      throw new Error(`template ${name} cannot be filled`, { cause: error });
    }
  };
}

/** `loops` are the names of the loops around, the outermost first. */
function fillAll(name: string, templates: readonly Template[], loops: readonly string[]): Fill {
  const fills = templates.map((template) => fillOne(name, template, loops));
  return (values) => {
    let text = '';
    for (const fill of fills) text += fill(values);
    return text;
  };
}

function fillOne(name: string, template: Template, loops: readonly string[]): Fill {
  if (template instanceof ForTag) return fillLoop(name, template, loops);
  if (template instanceof IfTag) return fillCondition(name, template, loops);
  if (template instanceof Output) return place(pathOf(name, template.token, template.value, loops));
  const { token } = template as { token: Token & { getContent?: () => string } };
  if (token.getContent === undefined) throw refused(name, token);
  const text = token.getContent();
  return () => text;
}

function fillLoop(name: string, tag: ForTag, loops: readonly string[]): Fill {
  if (tag.elseTemplates.length > 0 || Object.keys(tag.hash.hash).length > 0) throw refused(name, tag.token);
  const list = reader(name, tag.token, tag.collection.getText(), loops);
  const body = fillAll(name, tag.templates, [...loops, tag.variable]);
  return (values) => {
    const items = list(values);
    if (!Array.isArray(items)) throw new Error(`${tag.collection.getText()} is no list`);
    let text = '';
    for (const item of items) text += body([...values, item]);
    return text;
  };
}

function fillCondition(name: string, tag: IfTag, loops: readonly string[]): Fill {
  const [branch, ...others] = tag.branches;
  if (branch === undefined || others.length > 0 || tag.elseTemplates !== undefined)
    throw refused(name, tag.token);
  const read = pathOf(name, tag.token, branch.value, loops);
  const body = fillAll(name, branch.templates, loops);
  return (values) => {
    const value = read(values);
    return value === null || value === false ? '' : body(values);
  };
}

function place(read: (values: Values) => unknown): Fill {
  return (values) => {
    const value = read(values);
    if (value === null) return '';
    if (typeof value !== 'string') throw new Error(`a ${typeof value} where a text is placed`);
    return value;
  };
}

function pathOf(
  name: string,
  token: Token,
  value: Output['value'],
  loops: readonly string[],
): (values: Values) => unknown {
  const [path, ...others] = value.initial.postfix;
  if (path === undefined || others.length > 0 || value.filters.length > 0) throw refused(name, token);
  return reader(name, token, path.getText(), loops);
}

/** Reads what a path such as `flow.title.attr` names; own properties only. */
function reader(
  name: string,
  token: Token,
  path: string,
  loops: readonly string[],
): (values: Values) => unknown {
  if (!/^[a-z_]+(\.[a-z_]+)*$/.test(path)) throw refused(name, token);
  const steps = path.split('.');
  const loop = loops.lastIndexOf(steps[0] ?? '');
  if (loop >= 0) steps.shift();
  return (values) => {
    let value = values[loop + 1];
    for (const step of steps) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
        throw new Error(`nothing is named ${path}`);
      value = (value as Record<string, unknown>)[step];
    }
    if (value === undefined) throw new Error(`nothing is named ${path}`);
    return value;
  };
}

function refused(name: string, token: Token): Error {
  return new Error(
    `template ${name}: ${token.getText()} is more than a template may do: place a value, loop over a list, ask whether one is there`,
  );
}
