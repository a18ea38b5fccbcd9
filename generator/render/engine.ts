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

/** Reads a template once. Values are placed as they are: they come quoted. An unknown name is an error. */
export function compile(name: string, template: string): (context: object) => string {
  const parsed = engine.parse(template);
  return (context) => {
    try {
      return engine.renderSync(parsed, context) as string;
    } catch (error) {
      throw new Error(`template ${name} cannot be filled`, { cause: error });
    }
  };
}
