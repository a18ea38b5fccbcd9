/** A problem a person can do something about. The message is a sentence that says what to do; no stack is shown. */
export class BringUpError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BringUpError';
    this.code = code;
  }
}
