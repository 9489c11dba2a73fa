import { createFetchCalendar } from './fetchCalendar.ts';
import type { FetchCalendar, FetchOptions } from './fetchCalendar.ts';
import { createReadCalendar } from './readCalendar.ts';
import type { ReadCalendar } from './readCalendar.ts';

/** How calendars come in. */
export interface Calendars {
  readonly fetch: FetchCalendar;
  readonly read: ReadCalendar;
}

/** @throws Error when an entry of `allowed` is no network */
export function createCalendars(options: FetchOptions): Calendars {
  return { fetch: createFetchCalendar(options), read: createReadCalendar() };
}
