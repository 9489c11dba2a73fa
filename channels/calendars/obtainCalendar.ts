import type { Result } from '../../domain/errors.ts';
import { ok } from '../../domain/errors.ts';
import { faultInWords } from '../../domain/iCalendar/fault.ts';
import type { ImportOptions } from '../../domain/iCalendar/importShifts.ts';
import { refuseInput } from '../../domain/input.ts';
import type { ReadCalendar as CalendarRead } from '../../records/scheduleCalendars.ts';
import { DeliveryError } from '../channel.ts';
import type { Calendars } from './index.ts';

/** Where a calendar that somebody imports comes from. */
export type CalendarSource = { readonly file: Uint8Array } | { readonly url: string };

type Obtained = Pick<CalendarRead, 'url' | 'file' | 'etag' | 'lastModified'>;

async function fileOf(
  { fetch }: Calendars,
  source: CalendarSource,
  signal: AbortSignal,
): Promise<Result<Obtained>> {
  if ('file' in source) {
    return ok({ url: null, file: source.file, etag: undefined, lastModified: undefined });
  }
  const { url } = source;
  try {
    const fetched = await fetch(url, {}, signal);
    if (fetched.kind === 'changed') {
      const { etag, lastModified } = fetched.validators;
      return ok({ url, file: fetched.file, etag, lastModified });
    }
    return refuseInput([{ pointer: '/url', detail: 'the server says that nothing has changed' }]);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return refuseInput([{ pointer: '/url', detail: error.message }]);
  }
}

/**
 * Fetches and reads a calendar that somebody imports. Refuses with `invalid`: each fault by its line and the UID of its event.
 * @param options who can be meant, and when
 */
export async function obtainCalendar(
  calendars: Calendars,
  source: CalendarSource,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<Result<CalendarRead>> {
  const obtained = await fileOf(calendars, source, signal);
  if (!obtained.ok) return obtained;
  const read = await calendars.read(obtained.value.file, options);
  if (read.ok) return ok({ ...obtained.value, shifts: read.shifts });
  const pointer = 'url' in source ? '/url' : '';
  return refuseInput(read.faults.map((fault) => ({ pointer, detail: faultInWords(fault) })));
}
