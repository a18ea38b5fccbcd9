import type { Contract } from '../contract.ts';
import { RetryableError } from '../errors.ts';
import type { HttpCall } from '../http-client.ts';
import { authorised, readAccess, type ReadOptions } from './read-auth.ts';
import { runWrite, type OutboxMessage, type WriteOutcome } from './write-plan.ts';
import { withToken } from './write-token.ts';

/** How a backend's product is written to. */
export interface Writing {
  /** Of the contract: what was planned under another one is not written under this. */
  readonly hash: string;
  /** Makes no call after `notAfter` (milliseconds since the epoch). */
  write(message: OutboxMessage, notAfter: number): Promise<WriteOutcome>;
}

export interface WritingOptions {
  contract: Contract;
  /** With the credential that may write; null: a credential for reads alone. */
  write: ReadOptions | null;
  /** Within the product's limits, which reads and writes share. */
  call: HttpCall;
  now: () => number;
  pause: (ms: number) => Promise<void>;
}

/** Null when the contract does not write, or nothing may be written with. */
export function createWriting({ contract, write, call, now, pause }: WritingOptions): Writing | null {
  const { writes, source } = contract;
  if (writes === null || write === null || source.read === null) return null;
  const access = readAccess(source.read, write);
  const ready = withToken(writes.token, access, authorised(source.read, write, call, now), now);
  return {
    hash: contract.hash,
    write: (message, notAfter) => {
      const flow = Object.hasOwn(writes.flows, message.flow) ? writes.flows[message.flow] : undefined;
      if (flow === undefined) return Promise.resolve(notWritten(message));
      return runWrite(flow, message, { access, now, call: patient(ready, notAfter, now, pause) });
    },
  };
}

function notWritten(message: OutboxMessage): WriteOutcome {
  return {
    status: 'held',
    external_id: message.external_id,
    remote_version: null,
    code: 'flow_not_written',
    message: `the contract does not say how ${message.flow} is written`,
    retryAfterMs: null,
  };
}

/** Waits for the budget of calls where that ends in time: coming again would cost the message a try. */
function patient(
  call: HttpCall,
  notAfter: number,
  now: () => number,
  pause: (ms: number) => Promise<void>,
): HttpCall {
  return async (request) => {
    for (;;) {
      try {
        return await call({ ...request, notAfter });
      } catch (error) {
        const wait =
          error instanceof RetryableError && error.code === 'rate_limited' ? error.retryAfterMs : null;
        if (wait === null || now() + wait > notAfter) throw error;
        await pause(wait);
      }
    }
  };
}
