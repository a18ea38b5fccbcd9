/* Moments as a product writes them: the other way round of what the runtime's patterns read. */

const MINUTE_MS = 60_000;

/** `2026-09-03T10:05:00.310000Z`, or `2026-09-03` for a date, in the product's format; null when it is no moment. */
export function writeMoment(text: string, format: string, zone: string): string | number | null {
  const dateOnly = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = dateOnly ? midnight(text, zone) : Date.parse(text);
  if (Number.isNaN(time)) return null;
  if (dateOnly && (format === 'iso' || format === 'date')) return text;
  switch (format) {
    case 'epoch_ms':
      return time;
    case 'epoch_s':
      return Math.floor(time / 1000);
    case 'odata':
      return `/Date(${time})/`;
    case 'date':
      return fill('yyyy-MM-dd', time, zone);
    case 'iso':
      return `${fill('yyyy-MM-ddTHH:mm:ss.SSS', time, zone)}${offsetText(time, zone)}`;
    default:
      return fill(format, time, zone);
  }
}

/** Minutes east of Greenwich at that time. */
function offsetMinutes(time: number, zone: string): number {
  const parts = localParts(time, zone);
  const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return Math.round((local - Math.floor(time / 1000) * 1000) / MINUTE_MS);
}

function offsetText(time: number, zone: string): string {
  const minutes = offsetMinutes(time, zone);
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

function midnight(date: string, zone: string): number {
  const utc = Date.parse(`${date}T00:00:00Z`);
  const guess = utc - offsetMinutes(utc, zone) * MINUTE_MS;
  return utc - offsetMinutes(guess, zone) * MINUTE_MS; // the guess may lie on the other side of a change of clocks
}

interface Local {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function localParts(time: number, zone: string): Local {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const parts = Object.fromEntries(
    format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: string): number => parts[name] ?? 0;
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Letters as in the patterns of inbound moments (docs/architecture.md §3). */
function fill(pattern: string, time: number, zone: string): string {
  const { year, month, day, hour, minute, second } = localParts(time, zone);
  const half = hour % 12 === 0 ? 12 : hour % 12;
  const letters: Record<string, string> = {
    yyyy: String(year).padStart(4, '0'),
    yy: pad(year % 100),
    MMM: MONTHS[month - 1] ?? '',
    MM: pad(month),
    M: String(month),
    dd: pad(day),
    d: String(day),
    HH: pad(hour),
    H: String(hour),
    hh: pad(half),
    h: String(half),
    a: hour < 12 ? 'AM' : 'PM',
    mm: pad(minute),
    ss: pad(second),
    SSS: String(((time % 1000) + 1000) % 1000).padStart(3, '0'),
  };
  return pattern.replaceAll(/([A-Za-z])\1*/g, (token) => letters[token] ?? token);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
