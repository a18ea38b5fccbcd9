import { readFileSync, statSync } from 'node:fs';
import { parseLog } from '../../scripts/odoo/index.ts';

/** What a server logs from now on. */
export class LogFromHere {
  readonly #file: string;
  readonly #start: number;

  constructor(file: string) {
    this.#file = file;
    this.#start = statSync(file).size;
  }

  get text(): string {
    return readFileSync(this.#file).subarray(this.#start).toString('utf8');
  }

  /** Its errors, as sentences. */
  get errors(): string[] {
    return parseLog(this.text).failures;
  }

  count(pattern: RegExp): number {
    return [...this.text.matchAll(new RegExp(pattern, 'g'))].length;
  }
}
