import { SECOND } from '../clock.ts';
import type { Operation, WriteCall, WriteFlow } from '../contract.ts';
import { PermanentError, RetryableError } from '../errors.ts';
import type { HttpAnswer, HttpCall } from '../http-client.ts';
import { lookUp } from './look-up.ts';
import { holds, type Scopes } from './paths.ts';
import { ReadRefusedError, type ReadAccess } from './read-call.ts';
import { DeadError, answerScopes, captured, judge, writeRequest } from './write-call.ts';
import { changedValues, isReason, outwardValues, type Fields } from './write-values.ts';

/** One message of the outbox, as Odoo leases it (docs/architecture.md §5). */
export interface OutboxMessage {
  id: string;
  flow: string;
  operation: Operation;
  external_id: string | null;
  /** Our own key of the record. */
  reference: string;
  version: string;
  occurred_at: string;
  attempts: number;
  /** An earlier lease ended without a word: it may have reached the product. */
  doubt: boolean;
  fields: Fields;
  /** Canonical names; null: all of them. */
  changed: string[] | null;
}

export interface WriteOutcome {
  status: 'done' | 'retry' | 'held' | 'dead';
  external_id: string | null;
  remote_version: string | null;
  code: string;
  message: string;
  retryAfterMs: number | null;
  /** The product refuses us as a whole: nobody's message, the next one would fail as well. */
  refused?: boolean;
}

/** How the product is reached for writes. */
export interface WriteLink {
  access: ReadAccess;
  /** With what the product wants for a credential, within its limits. */
  call: HttpCall;
  now: () => number;
}

/** Writes one record to the product; never rejects for what the product says or does. */
export async function runWrite(
  flow: WriteFlow,
  message: OutboxMessage,
  link: WriteLink,
): Promise<WriteOutcome> {
  const plan = new WritePlan(flow, message, link);
  try {
    return plan.outcome('done', await plan.run());
  } catch (error) {
    return plan.failure(error);
  }
}

const IN_DOUBT = 'it may be there already, and the product keeps no key of ours: look there, then say so';

class WritePlan {
  private readonly flow: WriteFlow;
  private readonly message: OutboxMessage;
  private readonly link: WriteLink;
  private externalId: string | null;
  private version: string | null = null;
  private readonly answers: Record<string, unknown> = {};
  /** Whether a call that writes went out without an answer: it may have been carried out. */
  private lost = false;
  /** As lost, or answered with a failure that does not say that nothing was done. */
  private unsure = false;

  constructor(flow: WriteFlow, message: OutboxMessage, link: WriteLink) {
    this.flow = flow;
    this.message = message;
    this.link = link;
    this.externalId = message.external_id;
  }

  run(): Promise<string> {
    if (this.message.operation === 'create') return this.create();
    return this.message.operation === 'update' ? this.update() : this.remove();
  }

  outcome(
    status: WriteOutcome['status'],
    code: string,
    message = '',
    retryAfterMs: number | null = null,
  ): WriteOutcome {
    return {
      status,
      external_id: this.externalId,
      remote_version: this.version,
      code,
      message,
      retryAfterMs,
    };
  }

  failure(error: unknown): WriteOutcome {
    if (error instanceof ReadRefusedError)
      return { ...this.outcome('retry', 'write_refused', error.message), refused: true };
    if (error instanceof DeadError) return this.outcome('dead', error.code, error.message);
    if (error instanceof PermanentError) return this.outcome('held', error.code, error.message);
    if (!(error instanceof RetryableError)) throw error;
    if (this.isInDoubt()) return this.outcome('held', 'write_in_doubt', `${error.message}; ${IN_DOUBT}`);
    if (!this.lost) return this.outcome('retry', error.code, error.message, error.retryAfterMs);
    const settle = (this.flow.look_up?.settle_seconds ?? 0) * SECOND;
    const wait = Math.max(settle, error.retryAfterMs ?? 0);
    return this.outcome('retry', 'answer_lost', error.message, wait);
  }

  /** Whether a record may have been made that nothing could find again: then a second try is for a person to allow. */
  private isInDoubt(): boolean {
    const creates = this.message.operation === 'create' && this.externalId === null;
    return creates && this.unsure && this.flow.look_up === null;
  }

  /**
   * Only the very first try of a create is made without looking whether the record is there already. Without a look-up an earlier
   * try that may have made it was held, so one that came again made nothing.
   */
  private async create(): Promise<string> {
    if (this.externalId !== null) return this.converge();
    const { attempts, doubt } = this.message;
    const looks = doubt || (attempts > 1 && this.flow.look_up !== null);
    if (looks && (await this.find())) return this.converge();
    const calls = this.callsOf('create');
    const end = await this.runCalls(calls, 'create');
    if (end === 'gone')
      throw new PermanentError('record_gone', 'the product does not know what the record needs');
    if (end === 'look_up') {
      if (await this.find()) return this.converge();
      throw new PermanentError('conflict', 'the product says that the record is there, but none has our key');
    }
    if (!(await this.isBound()))
      throw new PermanentError(
        'external_id_missing',
        'the product took the record, but its answer has no id where the contract says',
      );
    return 'created';
  }

  /** Whether the id is known after a create: from an answer, else by our own key. */
  private async isBound(): Promise<boolean> {
    return this.externalId !== null || (this.flow.look_up !== null && (await this.find()));
  }

  /** The record is there: from an earlier try, maybe with an older state or with half of what was to be done. */
  private async converge(): Promise<string> {
    const update = this.flow.update;
    const calls = update ?? afterCapture(this.callsOf('create'));
    const end = await this.runCalls(calls, 'update', null);
    if (end !== 'ok') throw new PermanentError('record_gone', 'the record was found and is gone');
    return 'found';
  }

  private async update(): Promise<string> {
    const calls = this.callsOf('update');
    if (this.externalId === null && !(await this.find()))
      throw new PermanentError(
        'record_unbound',
        'there is no external id, and the product has no record with our key',
      );
    const end = await this.runCalls(calls, 'update', this.message.changed);
    if (end === 'ok') return 'updated';
    throw new PermanentError('record_gone', 'the product has no such record any more');
  }

  private async remove(): Promise<string> {
    const calls = this.callsOf('delete');
    if (this.externalId === null && !(await this.find())) return 'nothing_there';
    return (await this.runCalls(calls, 'delete')) === 'ok' ? 'deleted' : 'gone';
  }

  private callsOf(operation: Operation): readonly WriteCall[] {
    const calls = this.flow[operation];
    if (calls === null)
      throw new PermanentError(
        'operation_not_written',
        `the contract does not say how to ${operation} this record`,
      );
    return calls;
  }

  /** Takes over id and version of the record with our key; false when there is none. */
  private async find(): Promise<boolean> {
    const rule = this.flow.look_up;
    if (rule === null) throw new PermanentError('write_in_doubt', IN_DOUBT);
    const { access, call, now } = this.link;
    const found = await lookUp(rule, access, this.scopes({}), call, now);
    if (found === null) return false;
    this.externalId = found.external_id;
    this.version = found.version;
    return true;
  }

  private async runCalls(
    calls: readonly WriteCall[],
    operation: Operation,
    changed: readonly string[] | null = null,
  ): Promise<'ok' | 'gone' | 'look_up'> {
    const whole = outwardValues(this.flow.values, this.message.fields);
    const some = changedValues(this.flow.values, whole, changed);
    for (const call of calls) {
      const scopes = this.scopes(call.partial ? some : whole);
      if (!holds(call.when, scopes)) continue;
      const request = writeRequest(call, this.flow, this.link.access, scopes, (name) =>
        isReason(this.flow.values[name]),
      );
      if (request === null) continue;
      const answer = await this.send(call, request);
      const known = { ...scopes, ...answerScopes(answer) };
      // too many calls: nothing was done; any other failure may have come after the deed
      if (call.method !== 'GET' && answer.status !== 429) this.unsure = true;
      const verdict = judge(call, this.flow, operation, answer, known, this.link.now());
      if (verdict !== 'ok') return verdict;
      this.answers[call.as] = known.body;
      const { external_id, version } = captured(call.capture, known);
      this.externalId ??= external_id;
      this.version = version ?? this.version;
    }
    return 'ok';
  }

  private async send(call: WriteCall, request: Parameters<HttpCall>[0]): Promise<HttpAnswer> {
    try {
      return await this.link.call(request);
    } catch (error) {
      // not made at all, or no answer came back
      const unsent = error instanceof RetryableError && ['rate_limited', 'lease_over'].includes(error.code);
      if (call.method !== 'GET' && error instanceof RetryableError && !unsent) this.lost = this.unsure = true;
      throw error;
    }
  }

  private scopes(value: Readonly<Record<string, unknown>>): Scopes {
    const { id, reference, version, occurred_at, operation } = this.message;
    return {
      event: undefined,
      fetched: {},
      message: { id, reference, version, occurred_at, operation, external_id: this.externalId },
      external: this.externalParts(),
      value,
      answer: this.answers,
    };
  }

  private externalParts(): Record<string, string> {
    const rule = this.flow.external_id;
    if (rule === null || this.externalId === null) return {};
    const parts = this.externalId.split(rule.separator);
    return Object.fromEntries(rule.names.map((name, index) => [name, parts[index] ?? '']));
  }
}

/** What follows the call whose answer gives the id. */
function afterCapture(calls: readonly WriteCall[]): readonly WriteCall[] {
  const at = calls.findIndex((call) => call.capture.external_id.length > 0);
  return calls.slice(at + 1);
}
