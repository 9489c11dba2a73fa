import { weekdays } from './onCall/schedule.ts';
import type { Weekday } from './onCall/schedule.ts';
import type { WallTime } from './onCall/wallClock.ts';
import { DAY } from './time.ts';
import type { Instant } from './time.ts';
import { offsetReader } from './zone.ts';

/** The weekday that a clock on the wall shows. */
export function weekdayOf(time: WallTime): Weekday {
  // 1970-01-01 was a Thursday, and Monday is the first.
  const day = (((Math.floor(time / DAY) + 3) % 7) + 7) % 7;
  return weekdays[day] ?? 'monday';
}

/** The weekday in a time zone. */
export function weekdayAt(timeZone: string, at: Instant): Weekday {
  const [span] = offsetReader(timeZone)(at, at + 1);
  return weekdayOf(at + (span?.offset ?? 0));
}
