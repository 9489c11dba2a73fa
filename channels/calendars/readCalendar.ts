import { join } from 'node:path';
import type { CalendarFault } from '../../domain/iCalendar/fault.ts';
import type { ImportOptions } from '../../domain/iCalendar/importShifts.ts';
import type { CalendarShift } from '../../domain/onCall/calendarLayer.ts';
import { SECOND } from '../../domain/time.ts';
import { createThread, TooCostly } from '../thread.ts';

/** All shifts of a calendar, or why nothing of it is taken. */
export type CalendarShifts =
  | { readonly ok: true; readonly shifts: readonly CalendarShift[] }
  | { readonly ok: false; readonly faults: readonly CalendarFault[] };

/** Reads an iCalendar file (RFC 5545) as shifts. */
export type ReadCalendar = (file: Uint8Array, options: ImportOptions) => Promise<CalendarShifts>;

/** What the thread is given. */
export interface ReadingTask {
  readonly file: Uint8Array;
  readonly options: ImportOptions;
}

const READER = join(import.meta.dirname, 'reader.program.ts');
const MOST_MEMORY_MB = 256;
/** Three times what the worst file costs (see domain/iCalendar/budget.ts), and the start of the thread. */
const READ_WITHIN = 15 * SECOND;

/** Reads calendars one after the other, in a thread: a hostile file costs seconds, in which requests, pages and timers go on. */
export function createReadCalendar(): ReadCalendar {
  const thread = createThread<ReadingTask, CalendarShifts>({
    program: READER,
    mostMemoryMb: MOST_MEMORY_MB,
    within: READ_WITHIN,
  });
  return async (file, options) => {
    try {
      return await thread.ask({ file, options });
    } catch (error) {
      if (!(error instanceof TooCostly)) throw error;
      return {
        ok: false,
        faults: [{ line: 1, reason: `the file cannot be read: ${error.message}` }],
      };
    }
  };
}
