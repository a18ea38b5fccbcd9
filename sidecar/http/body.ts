import type { IncomingMessage } from 'node:http';

export type BodyResult = { kind: 'read'; body: Buffer } | { kind: 'too_large' } | { kind: 'aborted' };

/** The bytes as they came; stops reading at the limit. */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<BodyResult> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve({ kind: 'too_large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      req.off('data', onData);
      req.pause();
      resolve({ kind: 'too_large' });
    };
    req.on('data', onData);
    req.once('end', () => {
      const [first] = chunks;
      resolve({ kind: 'read', body: chunks.length === 1 && first ? first : Buffer.concat(chunks) });
    });
    req.once('close', () => {
      resolve({ kind: 'aborted' });
    });
    req.once('error', () => {
      resolve({ kind: 'aborted' });
    });
  });
}
