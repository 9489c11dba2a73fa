/** The thread in which calendars are read; see readCalendar.ts. */
import { importShifts } from '../../domain/iCalendar/importShifts.ts';
import { answerTasks } from '../thread.ts';
import type { CalendarShifts, ReadingTask } from './readCalendar.ts';

/** A calendar with more is no schedule of people. */
const MOST_SHIFTS = 20_000;

function read({ file, options }: ReadingTask): CalendarShifts {
  const read = importShifts(file, options);
  if (!read.ok) return read;
  if (read.shifts.length > MOST_SHIFTS) {
    const reason = `the calendar has ${read.shifts.length} shifts in the coming year; at most ${MOST_SHIFTS} are taken`;
    return { ok: false, faults: [{ line: 1, reason }] };
  }
  const shifts = read.shifts.map(({ person, from, to, source: { uid } }) => ({
    person,
    from,
    to,
    uid,
  }));
  return { ok: true, shifts };
}

answerTasks(read);
