/* What the schemas of contract.json are built of. */

export const text = { type: 'string', minLength: 1 };
export const count = (minimum: number) => ({ type: 'integer', minimum });
export const orNull = (schema: object) => ({ anyOf: [{ type: 'null' }, schema] });
export const list = (items: object) => ({ type: 'array', items });
export const texts = { type: 'object', additionalProperties: { type: 'string' } };
export const header = { type: 'string', pattern: '^[a-z0-9-]+$' };
export const paths = list(text);
export const open = (required: string[], properties: Record<string, unknown>) => ({
  type: 'object',
  required,
  properties,
});
export const strict = (required: string[], properties: Record<string, unknown>) => ({
  ...open(required, properties),
  additionalProperties: false,
});
/** Every key has to be there: contracts spell their defaults out. */
export const exact = (properties: Record<string, unknown>) => strict(Object.keys(properties), properties);

export const conditions = list({
  ...open(['path'], {
    path: text,
    in: { type: 'array' },
    present: { type: 'boolean' },
    equals_path: text,
  }),
  minProperties: 2,
  maxProperties: 2,
});
