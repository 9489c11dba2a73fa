import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CalendarFault } from '../../domain/iCalendar/fault.ts';
import type { ImportOptions } from '../../domain/iCalendar/importShifts.ts';
import type { CalendarShift } from '../../domain/onCall/calendarLayer.ts';
import { SECOND } from '../../domain/time.ts';

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

const THREAD = join(import.meta.dirname, 'reader.mjs');
const MOST_MEMORY_MB = 256;
/** Three times what the worst file costs (see domain/iCalendar/budget.ts), and the start of the thread. */
const READ_WITHIN = 15 * SECOND;

function unreadable(reason: string): CalendarShifts {
  return { ok: false, faults: [{ line: 1, reason }] };
}

async function readInThread(task: ReadingTask): Promise<CalendarShifts> {
  const thread = new Worker(THREAD, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  const late = AbortSignal.timeout(READ_WITHIN);
  try {
    const [result] = (await once(thread, 'message', { signal: late })) as [CalendarShifts];
    return result;
  } catch (error) {
    if (late.aborted) return unreadable('the file takes too long to read');
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return unreadable('the file takes too much memory to read');
    }
    throw error;
  } finally {
    await thread.terminate();
  }
}

/**
 * Reads calendars one after the other, each in a thread of its own: a hostile file costs seconds, in which requests, pages and timers go on.
 */
export function createReadCalendar(): ReadCalendar {
  let before: Promise<unknown> = Promise.resolve();
  return (file, options) => {
    const reading = before.then(() => readInThread({ file, options }));
    before = reading.catch(() => undefined);
    return reading;
  };
}
