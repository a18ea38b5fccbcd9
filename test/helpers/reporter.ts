import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Mocha's spec report for people, and a JSON file for the test run (path in MILLWRIGHT_MOCHA_REPORT). */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const passed: string[] = [];
    const failed: { title: string; message: string }[] = [];
    const pending: string[] = [];
    const file = process.env['MILLWRIGHT_MOCHA_REPORT'];
    runner.on('pass', (test) => passed.push(test.fullTitle()));
    runner.on('pending', (test) => pending.push(test.fullTitle()));
    runner.on('fail', (test, error: Error) =>
      failed.push({ title: test.fullTitle(), message: error.message }),
    );
    runner.once('end', () => {
      if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed, pending }));
    });
  }
}
