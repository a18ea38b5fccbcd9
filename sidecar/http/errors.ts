import type { ErrorRequestHandler, Response } from 'express';
import { SpoolError, describeError } from '../errors.ts';
import type { AcceptRule } from '../contract.ts';
import type { Logger } from '../logger.ts';

/** Every refusal of a callback, in order of cost. Stable codes; a text says what was expected. */
export const REFUSALS = {
  unknown_backend: [404, 'No such backend'],
  method_not_allowed: [405, 'Callbacks are sent with another method'],
  not_json: [415, 'Send application/json without content encoding'],
  too_large: [413, 'The body is longer than the limit'],
  bad_signature: [401, 'The signature is missing or wrong'],
  token_used: [401, 'The token has been used for something else'],
} as const;
export type Refusal = keyof typeof REFUSALS;

/** How long a sender should wait when the spool cannot write. */
const SPOOL_RETRY_SECONDS = 10;

/** Which answer of a contract stands for a refusal; the others are the same for everybody. */
const ANSWER_OF: Partial<Record<Refusal, keyof AcceptRule['answers']>> = {
  not_json: 'unsupported',
  too_large: 'too_large',
  bad_signature: 'bad_signature',
  token_used: 'bad_signature',
};

export function refuse(res: Response, refusal: Refusal, answers?: AcceptRule['answers']): void {
  const [usual, message] = REFUSALS[refusal];
  const named = ANSWER_OF[refusal];
  const status = answers && named ? answers[named] : usual;
  // The rest of a long body is not read: the connection cannot serve another request.
  if (refusal === 'too_large') res.setHeader('connection', 'close');
  sendJson(res, status, { error: { code: refusal, message } });
}

export function sendJson(res: Response, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  res.end(body);
}

/** The store did not take it. */
export function refuseUnstored(res: Response, log: Logger, error: SpoolError, status: number): void {
  log.error('spool_unavailable', { error: describeError(error) });
  res.setHeader('retry-after', String(SPOOL_RETRY_SECONDS));
  sendJson(res, status, { error: { code: error.code, message: 'Not stored; send it again' } });
}

/** The one place that turns an exception into a status. Nothing of ours that failed may look like success to a sender. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    if (error instanceof SpoolError) {
      refuseUnstored(res, log, error, 503);
      return;
    }
    const status =
      error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
    if (status >= 500)
      log.error('request_failed', {
        error: describeError(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
    sendJson(res, status, {
      error: { code: status >= 500 ? 'internal' : 'bad_request', message: 'The request failed' },
    });
  };
}
