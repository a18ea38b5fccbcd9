/** How messages and the reference call the types of JSON Schema. */
export const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'keys and values',
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
};
