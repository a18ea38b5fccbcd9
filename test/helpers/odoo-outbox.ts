import type { HttpAnswer, HttpRequest } from '../../sidecar/http-client.ts';
import type { LeasedMessage } from '../../sidecar/delivery/outbox-client.ts';

export interface OutboxRow extends LeasedMessage {
  state: 'pending' | 'done' | 'held' | 'dead';
  leased: boolean;
  /** Not given out again before this time. */
  next: number;
  code: string | null;
}

interface SettledResult {
  id: string;
  token: string;
  status: 'done' | 'retry' | 'held' | 'dead';
  external_id: string | null;
  code: string;
  retry_after_seconds: number | null;
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Plays the addon's outbox (docs/architecture.md §5): rows, leases with tokens, doubt. */
export class OdooOutbox {
  readonly rows: OutboxRow[] = [];
  readonly settled: SettledResult[] = [];
  readonly limits: number[] = [];
  leaseSeconds = 120;
  /** Answers instead, when it gives something. */
  trouble: (path: string) => Answer | null = () => null;
  private tokens = 0;
  private readonly now: () => number;

  constructor(now: () => number = () => Date.now()) {
    this.now = now;
  }

  add(
    message: Partial<LeasedMessage> & Pick<LeasedMessage, 'id' | 'key' | 'reference' | 'contract_hash'>,
  ): void {
    this.rows.push({
      ...{ token: '', flow: 'asset', operation: 'create', external_id: null, version: 'v', occurred_at: 'v' },
      ...{ attempts: 0, doubt: false, fields: { name: 'Conveyor 2' }, changed: null },
      ...{ state: 'pending', leased: false, next: 0, code: null },
      ...message,
    });
  }

  /** Time goes by until every lease is over. */
  expireLeases(): void {
    for (const row of this.rows.filter(({ leased }) => leased))
      Object.assign(row, { leased: false, doubt: true });
  }

  answer(path: string, text: string): Answer {
    const trouble = this.trouble(path);
    if (trouble !== null) return trouble;
    const body = JSON.parse(text) as { limit: number; environment: string; results: SettledResult[] };
    if (path.endsWith('/lease') && body.environment !== 'production')
      return { status: 409, body: { error: { code: 'environment_mismatch', message: '', remedy: '' } } };
    return {
      status: 200,
      body: path.endsWith('/lease') ? this.lease(body.limit) : this.settle(body.results),
    };
  }

  /** As an HTTP call of the sidecar, without a socket. */
  call = (request: HttpRequest): Promise<HttpAnswer> => {
    const { status, body, headers = {} } = this.answer(new URL(request.url).pathname, String(request.body));
    const retryAfter = headers['retry-after'] ?? null;
    return Promise.resolve({ status, retryAfter, headers, body: Buffer.from(JSON.stringify(body)) });
  };

  private lease(limit: number): Record<string, unknown> {
    this.limits.push(limit);
    const due = this.rows.filter(
      ({ state, leased, next }) => state === 'pending' && !leased && next <= this.now(),
    );
    const given = due.slice(0, limit);
    for (const row of given) {
      this.tokens += 1;
      Object.assign(row, { leased: true, attempts: row.attempts + 1, token: `token-${this.tokens}` });
    }
    return {
      messages: given.map((row) => ({ ...row, kind: 'equipment', lane: 'standard' })),
      lease_seconds: this.leaseSeconds,
      more: due.length > given.length,
    };
  }

  private settle(results: readonly SettledResult[]): Record<string, unknown> {
    return {
      results: results.map((result) => {
        const row = this.rows.find(
          ({ id, token, leased }) => leased && id === result.id && token === result.token,
        );
        if (row === undefined) return { id: result.id, status: 'stale' };
        this.settled.push(result);
        const state = result.status === 'retry' ? 'pending' : result.status;
        const next = this.now() + (result.retry_after_seconds ?? 0) * 1000;
        const external_id = row.external_id ?? result.external_id;
        Object.assign(row, { state, next, external_id, leased: false, doubt: false, code: result.code });
        return { id: result.id, status: 'settled' };
      }),
    };
  }
}
