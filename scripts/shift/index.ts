export {
  generateShift,
  type Delivery,
  type Shift,
  type ShiftOptions,
  type TrueOperation,
  type Truth,
} from './generate.ts';
export { PARTS, SAMPLE_PART, UNBOUND_PART, type Part } from './catalogue.ts';
export type { Read } from './bodies.ts';
