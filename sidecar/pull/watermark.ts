import { SECOND } from '../clock.ts';
import type { ScheduledRead, Watermark } from '../contract.ts';
import { parseJson } from '../sources/identify.ts';
import { firstPresent } from '../sources/paths.ts';
import { readTime } from '../sources/timestamp.ts';

/** The read with its watermark filled in; without one that was reached, and without a start, it asks for everything. */
export function sinceMark(read: ScheduledRead, reached: string | null): ScheduledRead {
  const { watermark } = read;
  if (watermark === null) return read;
  const value = reached === null ? watermark.start : written(watermark, reached);
  if (value === null) return read;
  const text = watermark.template.replaceAll('{since}', value);
  const { place, name } = watermark.into;
  if (place === 'query') return { ...read, query: { ...read.query, [name]: text } };
  return { ...read, body: put(read.body ?? {}, name.split('.'), text) };
}

/** The highest value among the items and the mark so far: milliseconds since the epoch as text, or the text itself. */
export function nextMark(
  watermark: Watermark,
  items: readonly Buffer[],
  reached: string | null,
): string | null {
  let highest = reached;
  for (const item of items) {
    const value = firstPresent(watermark.path, { event: parseJson(item), fetched: {} });
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const mark = watermark.format === 'as_is' ? String(value) : comparable(value);
    if (mark !== null && (highest === null || isHigher(watermark, mark, highest))) highest = mark;
  }
  return highest;
}

function isHigher({ format }: Watermark, mark: string, than: string): boolean {
  const numbers = /^\d{1,15}$/.test(mark) && /^\d{1,15}$/.test(than);
  return format !== 'as_is' || numbers ? Number(mark) > Number(than) : mark > than;
}

function comparable(value: string | number): string | null {
  const time = readTime(String(value), 'auto');
  return time === null ? null : String(time);
}

/** As the product wants it, and so much earlier as writes there may come late. */
function written(watermark: Watermark, reached: string): string {
  if (watermark.format === 'as_is') return reached;
  const time = Number(reached) - watermark.overlap_seconds * SECOND;
  if (watermark.format === 'iso') return new Date(time).toISOString();
  return String(watermark.format === 'epoch_s' ? Math.floor(time / SECOND) : time);
}

function put(
  body: Record<string, unknown>,
  steps: readonly string[],
  value: string,
): Record<string, unknown> {
  const root = structuredClone(body);
  let owner: Record<string, unknown> = root;
  for (const step of steps.slice(0, -1)) {
    const next = owner[step];
    owner = (typeof next === 'object' && next !== null ? next : (owner[step] = {})) as Record<
      string,
      unknown
    >;
  }
  owner[steps.at(-1) ?? ''] = value;
  return root;
}
