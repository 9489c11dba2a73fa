import { wallTime } from '../onCall/rotation.ts';
import { wallClock } from '../onCall/wallClock.ts';
import { DAY, fromIso, toIso } from '../time.ts';
import type { Instant } from '../time.ts';
import { weekdayOf } from '../weekday.ts';
import type { MaintenanceWindow, WindowDefinition } from './window.ts';

/** From the beginning of a window's first occurrence to the end of its last one. */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** The occurrences as they were planned, in their order. */
function planned({ when }: Pick<WindowDefinition, 'when'>): readonly Span[] {
  if (when.kind === 'once') return [when];
  const { timeZone, weekdays, time, lasts, from, until } = when;
  const clock = wallClock(timeZone);
  const days = (fromIso(until) - fromIso(from)) / DAY + 1;
  return Array.from({ length: days }, (_, day) => fromIso(from) + day * DAY)
    .filter((date) => weekdays.includes(weekdayOf(date)))
    .map((date) => clock.when(wallTime(toIso(date).slice(0, 10), time)))
    .map((begins) => ({ from: begins, to: begins + lasts }));
}

/** The occurrences of a window with the ends that were changed, in their order. */
export function occurrencesOf(
  window: Pick<MaintenanceWindow, 'when' | 'changedEnds'>,
): readonly Span[] {
  const ends = new Map(window.changedEnds.map(({ from, to }) => [from, to]));
  return planned(window).map(({ from, to }) => ({ from, to: ends.get(from) ?? to }));
}

/** When a window stands first and last; undefined for one that never does. */
export function spanOf(window: Pick<MaintenanceWindow, 'when' | 'changedEnds'>): Span | undefined {
  const all = occurrencesOf(window);
  const [first] = all;
  return first && { from: first.from, to: Math.max(...all.map(({ to }) => to)) };
}
