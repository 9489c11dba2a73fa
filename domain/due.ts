import { nextMoment } from './clock.ts';
import type { Moment } from './clock.ts';
import type { RecordState } from './process.ts';
import type { Instant } from './time.ts';

export interface DueMoment extends Moment {
  readonly clock: string;
}

/** The next moment at which something becomes due on a record: the earliest of its clocks'; undefined when nothing will by itself. */
export function nextDue(record: RecordState): DueMoment | undefined {
  let next: DueMoment | undefined;
  for (const [clock, value] of Object.entries(record.clocks)) {
    const moment = nextMoment(value);
    if (moment === undefined) continue;
    if (next === undefined || moment.at < next.at) next = { ...moment, clock };
  }
  return next;
}

/** When the record must be looked at again, or null. */
export function dueAt(record: RecordState): Instant | null {
  return nextDue(record)?.at ?? null;
}
