import type { EventSpec } from '../../spec/types.ts';
import type { Json } from '../canonical-json.ts';
import { eventSchema } from '../event-schema.ts';

export type Doc = { [key: string]: Json };

/** The schema of an event's body; the document around it says the dialect. */
export function dataSchema(event: EventSpec): Doc {
  const schema = eventSchema(event.required);
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'));
}

/** A key of components: names of events may have a colon, which keys may not have. Two names never become one. */
export function componentName(event: string): string {
  return event.replaceAll(/-(?=[-c])/g, '--').replaceAll(':', '-c');
}
