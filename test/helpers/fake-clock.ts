import type { Clock } from '../../sidecar/clock.ts';

interface Timer {
  at: number;
  task: () => void;
}

/** A clock that moves only when it is told to. */
export class FakeClock implements Clock {
  time: number;
  private timers: Timer[] = [];

  constructor(start = Date.parse('2026-09-03T10:00:00Z')) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.time + ms, task };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  /** Milliseconds until the next timer; null when none waits. */
  next(): number | null {
    return this.timers.length === 0 ? null : Math.min(...this.timers.map(({ at }) => at)) - this.time;
  }

  /** `earlyMs`: timers fire before their time by that much, as real ones sometimes do by a millisecond. */
  advance(ms: number, earlyMs = 0): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time + earlyMs);
    this.timers = this.timers.filter(({ at }) => at > this.time + earlyMs);
    for (const { task } of due) task();
  }
}

/** Lets everything run that can run without the clock: queued commits, promises, rounds of a dispatcher. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
