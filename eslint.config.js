// ESLint loads TypeScript configurations with a loader of its own; Node needs none, so the rules stand in the other file.
export { default } from './eslint.config.ts';
