import type { Calendar } from '../calendar.ts';
import type { Instant } from '../time.ts';
import { weekdayAt } from '../weekday.ts';
import type { When } from './schema.ts';

/** What the conditions of a step are held against. */
export interface Circumstances {
  readonly now: Instant;
  readonly priority: number;
  /** A calendar of the policy that the escalation keeps. */
  readonly calendar: (name: string) => Calendar;
}

export type Condition = 'priorities' | 'weekdays' | 'open' | 'closed';

/** The first condition of a step that does not hold; working hours are asked of each person (resolve.ts). */
export function unmetCondition(
  when: When | undefined,
  { now, priority, calendar }: Circumstances,
): Condition | undefined {
  if (when === undefined) return undefined;
  const { priorities, weekdays, timeZone, open, closed } = when;
  if (priorities?.includes(priority) === false) return 'priorities';
  if (weekdays !== undefined && timeZone !== undefined) {
    if (!weekdays.includes(weekdayAt(timeZone, now))) return 'weekdays';
  }
  if (open !== undefined && !calendar(open).isOpen(now)) return 'open';
  if (closed !== undefined && calendar(closed).isOpen(now)) return 'closed';
  return undefined;
}
