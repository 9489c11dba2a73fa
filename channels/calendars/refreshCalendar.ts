import type { CalendarFault } from '../../domain/iCalendar/fault.ts';
import { faultInWords } from '../../domain/iCalendar/fault.ts';
import type { Engine } from '../../records/engine.ts';
import { keepRefreshed, noteRefreshFailure, takeRefresh } from '../../records/scheduleCalendars.ts';
import type { Refresh } from '../../records/scheduleCalendars.ts';
import { DeliveryError } from '../channel.ts';
import type { Calendars } from './index.ts';

/** As many faults as a person reads at once. */
const MOST_TOLD = 3;

function faultsInWords(faults: readonly CalendarFault[]): string {
  const told = faults.slice(0, MOST_TOLD).map(faultInWords);
  const more = faults.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

async function refresh(
  engine: Engine,
  { fetch, read }: Calendars,
  due: Refresh,
  signal: AbortSignal,
): Promise<void> {
  const { calendar, options } = due;
  const fetched =
    calendar.url === null
      ? ({ kind: 'unchanged' } as const)
      : await fetch(calendar.url, calendar, signal);
  const { etag, lastModified } = fetched.kind === 'changed' ? fetched.validators : calendar;
  const { file } = fetched.kind === 'changed' ? fetched : calendar;
  // Also what is unchanged: time has moved on, and people may have come or left.
  const result = await read(file, options);
  if (result.ok) await keepRefreshed(engine, due, { file, etag, lastModified }, result.shifts);
  else await noteRefreshFailure(engine, due, faultsInWords(result.faults));
}

/**
 * Fetches and reads the calendar that has been due for the longest. What cannot be fetched or read keeps its last good shifts, and says why.
 * @param signal ends it, without a word of it: the lease ends and another worker does it
 * @returns the schedule; undefined when no calendar is due
 */
export async function refreshDueCalendar(
  engine: Engine,
  calendars: Calendars,
  signal: AbortSignal,
): Promise<string | undefined> {
  const due = await takeRefresh(engine);
  if (due === undefined) return undefined;
  try {
    await refresh(engine, calendars, due, signal);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    if (!signal.aborted) await noteRefreshFailure(engine, due, error.message, error.retryAfterMs);
  }
  return due.calendar.schedule;
}
