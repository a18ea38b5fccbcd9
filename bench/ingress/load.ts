import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/*
 * The load generator, a process of its own: keep-alive connections, each with one request under way. It speaks HTTP by hand,
 * because it shares two cores with what it measures. Ends with one JSON line; the ids of every 202 go into a file.
 */
export interface LoadResult {
  events: number;
  seconds: number;
  failed: number;
  p50_ms: number;
  p99_ms: number;
}

const [, , portText, secondsText, connectionsText, secret = '', runText, idsFile = ''] = process.argv;
const port = Number(portText);
const seconds = Number(secondsText);
const run = Number(runText);
const ids: string[] = [];
const latencies: number[] = [];
let failed = 0;
let sent = 0;
let ends = Infinity;
const base = Date.now();

function nextRequest(): string {
  sent += 1;
  const at = new Date(base + sent).toISOString();
  const body =
    `{"workOrderTitle":"Conveyor 2: inspection","previousQuantity":39.0,"partName":"Tension spring","newQuantity":37.0,` +
    `"changedAmount":-2.0,"companyId":${run},"changedPart":null,"partId":${run},"workOrderId":${5000 + (sent % 500)},"occurredAt":"${at}"}`;
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return (
    `POST /callbacks/plant-atlas HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
    `x-webhook-event: PART_QUANTITY_CHANGED\r\nx-webhook-signature: ${signature}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  );
}

function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let started = 0;
    let buffered = '';
    const next = () => {
      started = performance.now();
      socket.write(nextRequest());
    };
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1');
      const head = buffered.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(buffered)?.[1] ?? 0);
      if (buffered.length < head + 4 + length) return;
      latencies.push(performance.now() - started);
      const id = /"id":"([0-9a-f]{64})"/.exec(buffered)?.[1];
      if (buffered.startsWith('HTTP/1.1 202') && id !== undefined) ids.push(id);
      else failed += 1;
      buffered = '';
      if (performance.now() < ends) next();
      else socket.end();
    });
    socket.on('connect', next);
  });
}

const started = performance.now();
ends = started + seconds * 1_000;
await Promise.all(Array.from({ length: Number(connectionsText) }, () => drive(connect(port, '127.0.0.1'))));
const took = (performance.now() - started) / 1_000;
latencies.sort((a, b) => a - b);
const percentile = (share: number) =>
  Number((latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2));
if (idsFile !== '') writeFileSync(idsFile, ids.join('\n'));
const result: LoadResult = {
  events: ids.length,
  seconds: took,
  failed,
  p50_ms: percentile(0.5),
  p99_ms: percentile(0.99),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
