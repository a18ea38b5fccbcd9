import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createLogger } from '../../sidecar/logger.ts';

describe('sidecar/logger.ts', () => {
  it('writes one JSON object a line and shows nothing under the name of a secret or a payload', () => {
    let text = '';
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    });
    const log = createLogger('info', stream);
    log.info('delivered', {
      event_id: 'e1',
      signature: 'sig',
      body: 'b',
      secret: 's',
      authorization: 'Bearer x',
    });
    log.debug('unseen');
    const lines = text.trim().split('\n');
    expect(lines).to.have.length(1);
    const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(line).to.include({ level: 'info', message: 'delivered', event_id: 'e1' });
    for (const key of ['signature', 'body', 'secret', 'authorization'])
      expect(line[key]).to.equal('[redacted]');
  });
});
