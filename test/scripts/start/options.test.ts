import { expect } from 'chai';
import { readOptions, UsageError } from '../../../scripts/start/options.ts';

describe('the options of npm start', () => {
  it('are all optional', () => {
    expect(readOptions([])).to.include({
      once: false,
      json: false,
      database: 'millwright_demo',
      workOrders: 52,
      seed: 1,
      port: undefined,
    });
  });

  it('are read', () => {
    const argv = [
      '--once',
      '--json',
      '--port',
      '8070',
      '--sidecar-port',
      '8787',
      '--work-orders',
      '5',
      '--seed',
      '9',
    ];
    expect(readOptions(argv)).to.include({
      once: true,
      json: true,
      port: 8070,
      sidecarPort: 8787,
      workOrders: 5,
      seed: 9,
    });
  });

  for (const argv of [['--port', 'x'], ['--port', '70000'], ['--work-orders', '0'], ['--twice'], ['extra']]) {
    it(`refuse ${argv.join(' ')}`, () => {
      expect(() => readOptions(argv)).to.throw(UsageError);
    });
  }
});
