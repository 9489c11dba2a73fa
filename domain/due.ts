import { nextMoment } from './clock.ts';
import type { Moment } from './clock.ts';
import type { Process, RecordState } from './process.ts';
import type { Instant } from './time.ts';
import { upToDate } from './upToDate.ts';

/** Something that becomes due on a record: a moment of a clock, or a timer. */
export type DueMoment =
  | (Moment & { readonly kind: 'clock'; readonly name: string })
  | { readonly kind: 'timer'; readonly name: string; readonly at: Instant };

/** The next moment at which something becomes due: the earliest of the clocks' and timers'; undefined when nothing will by itself. */
export function nextDue(process: Process, stored: RecordState): DueMoment | undefined {
  const record = upToDate(process, stored);
  let next: DueMoment | undefined;
  const consider = (due: DueMoment): void => {
    if (next === undefined || due.at < next.at) next = due;
  };
  for (const [name, clock] of Object.entries(record.clocks)) {
    const moment = nextMoment(clock);
    if (moment !== undefined) consider({ ...moment, kind: 'clock', name });
  }
  for (const [name, timer] of Object.entries(process.timers)) {
    const at = timer.at(record);
    if (at !== null) consider({ kind: 'timer', name, at });
  }
  return next;
}

/** When the record must be looked at again, or null. */
export function dueAt(process: Process, record: RecordState): Instant | null {
  return nextDue(process, record)?.at ?? null;
}
