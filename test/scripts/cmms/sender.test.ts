import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { dress, loadSamples, Sender, sign } from '../../../scripts/cmms/index.ts';

const SAMPLES = join(import.meta.dirname, '../../fixtures/webhooks/atlas-cmms');

describe('the sender of callbacks', () => {
  let server: Server;
  let answers: (number | 'hang up')[];
  let url: string;

  beforeEach(async () => {
    answers = [];
    server = createServer((request, response) => {
      const next = answers.shift() ?? 202;
      if (next === 'hang up') request.socket.destroy();
      else request.resume().on('end', () => response.writeHead(next).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const callback = dress('NEW_ASSET', '{"assetId":1}', 'whsec_1', 'id-1', new Date(0));

  it('signs as the recordings are signed', () => {
    const samples = loadSamples(SAMPLES);
    expect(samples).to.have.length(17);
    for (const sample of samples) {
      const right = sign(sample.secret, sample.raw_body) === sample.headers['X-Webhook-Signature'];
      expect(right, sample.name).to.equal(sample.expect.verify === 'accept');
    }
  });

  it('tries once, as the product does, and knows that a refused callback was not accepted', async () => {
    answers = [503];
    const sender = new Sender({ url, mode: 'once' });
    const sent = await sender.send(callback);
    sender.close();
    expect(sent.accepted).to.equal(false);
    expect(sent.attempts.map((attempt) => attempt.status)).to.deep.equal([503]);
  });

  it('keeps trying until a 2xx and tells an attempt without answer from a refused one', async () => {
    answers = ['hang up', 503, 202];
    const sender = new Sender({ url, mode: 'until_accepted', pauseMs: 1 });
    const sent = await sender.send(callback);
    sender.close();
    expect(sent.attempts.map((attempt) => attempt.status)).to.deep.equal([null, 503, 202]);
    expect(sent.accepted).to.equal(true);
  });
});
