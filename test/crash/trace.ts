/** Reads a trace of system calls (`strace -f -y -s 65536`) of a process that stores callbacks and answers them. */

export interface TraceVerdict {
  /** Answers 202 found in the trace. */
  answers: number;
  /** Of these, those whose event was written to the log file and synced, before the answer was written. */
  durable: number;
  /** Returned fsync and fdatasync calls on the log file. */
  syncs: number;
  problems: string[];
}

const SYNC = /^(?:fsync|fdatasync)\(\d+<([^>]*)>\)\s*=\s*0/;
const WRITE = /^(?:write|writev|pwrite64|pwritev|sendto|sendmsg)\((\d+)<([^>]*)>/;
const ANSWER = /HTTP\/1\.1 202 /;
const EVENT_ID = /\\"id\\":\\"([0-9a-f]{64})\\"/g;
/** An id in a database page may stand right behind other text that reads as hexadecimal. */
const HEX_RUN = /[0-9a-f]{64,}/g;
const UNFINISHED = ' <unfinished ...>';

/**
 * For every 202: the bytes that hold the event's id went to the write-ahead log, then a sync of that file began and returned 0, and
 * only then the answer was written. A repeated event needs no second write: the first one's sync counts.
 */
export function judgeTrace(trace: string, logSuffix: string): TraceVerdict {
  const verdict: TraceVerdict = { answers: 0, durable: 0, syncs: 0, problems: [] };
  const written: string[] = [];
  const synced: string[] = [];
  for (const call of calls(trace)) {
    const sync = SYNC.exec(call);
    if (sync?.[1]?.endsWith(logSuffix)) {
      verdict.syncs += 1;
      synced.push(...written.splice(0));
      continue;
    }
    const write = WRITE.exec(call);
    if (write === null) continue;
    if (write[2]?.endsWith(logSuffix)) {
      written.push(...(call.match(HEX_RUN) ?? []));
    } else if (ANSWER.test(call)) {
      for (const [, id = ''] of call.matchAll(EVENT_ID)) {
        verdict.answers += 1;
        if (synced.some((run) => run.includes(id))) verdict.durable += 1;
        else
          verdict.problems.push(
            `202 for ${id.slice(0, 12)}… was written before a sync of its bytes returned`,
          );
      }
    }
  }
  return verdict;
}

/** Whole calls in the order of their beginning for writes and of their return for syncs: the stricter reading of both. */
function* calls(trace: string): Generator<string> {
  const open = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text === '') continue;
    if (text.endsWith(UNFINISHED)) {
      const begun = text.slice(0, -UNFINISHED.length);
      open.set(thread, begun);
      if (!begun.startsWith('f')) yield begun;
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    if (resumed === null) yield text;
    else if (open.get(thread)?.startsWith('f')) yield `${open.get(thread) ?? ''}${resumed[1] ?? ''}`;
  }
}
