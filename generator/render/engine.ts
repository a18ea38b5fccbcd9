import { Liquid } from 'liquidjs';

const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  greedy: true,
  cache: false,
  dynamicPartials: false,
  trimTagLeft: false,
  trimTagRight: false,
});

/** Fills a template. Values are placed as they are: they come quoted. An unknown name is an error. */
export function fill(name: string, template: string, context: object): string {
  try {
    return engine.parseAndRenderSync(template, context) as string;
  } catch (error) {
    throw new Error(`template ${name} cannot be filled`, { cause: error });
  }
}
