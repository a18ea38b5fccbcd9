import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { loadContract } from '../../sidecar/contract.ts';
import { callbackRequest } from '../../sidecar/sources/request.ts';
import { createVerifier } from '../../sidecar/sources/verify.ts';

/*
 * What the sidecar is measured against: bare Express 5, as light as it can be made.
 *   json:    express.json(), no check, no storage
 *   checked: the raw body, its signature, its JSON; no storage, no identity
 * Both answer with the bytes the sidecar answers with.
 */
const REPLY = `{"id":"${'0'.repeat(64)}","status":"accepted"}`;
const HEADERS = { 'content-type': 'application/json', 'content-length': REPLY.length };

const accept: RequestHandler = (_req, res) => void res.writeHead(202, HEADERS).end(REPLY);

function checked(contractPath: string, secret: string): RequestHandler {
  const slot = { text: secret, name: null, event: null, until: null };
  const verify = createVerifier(loadContract(contractPath).source.verify, [slot], Date.now);
  return (req, res, next) => {
    const raw = req.body as Buffer;
    const facts = { method: 'POST', headers: req.headers, address: '' };
    if (verify(callbackRequest(facts, '', '', null), raw, null) === null)
      return void res.writeHead(401).end();
    JSON.parse(raw.toString('utf8'));
    next();
  };
}

const [, , kind, contractPath = '', secret = ''] = process.argv;
const app = express();
app.disable('x-powered-by');
app.disable('etag');
if (kind === 'json') app.post('/callbacks/:backend', express.json(), accept);
else
  app.post(
    '/callbacks/:backend',
    express.raw({ type: 'application/json' }),
    checked(contractPath, secret),
    accept,
  );

const server = createServer({ keepAliveTimeout: 65_000 }, app);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(
    `${JSON.stringify({ message: 'listening', port: (server.address() as AddressInfo).port })}\n`,
  );
});
