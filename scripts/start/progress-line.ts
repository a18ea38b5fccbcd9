/** One line on a terminal that is written over again and again; nothing in a pipe. Goes to stderr. */
export class ProgressLine {
  readonly #live = process.stderr.isTTY;
  #last = 0;

  show(text: string): void {
    if (!this.#live || Date.now() - this.#last < 100) return;
    this.#last = Date.now();
    process.stderr.write(`\r\x1b[K  ${text}`);
  }

  clear(): void {
    if (this.#live) process.stderr.write('\r\x1b[K');
  }
}
