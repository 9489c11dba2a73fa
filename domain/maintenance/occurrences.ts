import type { Result } from '../errors.ts';
import { ok, refuse } from '../errors.ts';
import { refuseInput } from '../input.ts';
import { wallTime } from '../onCall/rotation.ts';
import { wallClock } from '../onCall/wallClock.ts';
import { DAY, toIso } from '../time.ts';
import type { Instant } from '../time.ts';
import { weekdayOf } from '../weekday.ts';
import { LONGEST } from './window.ts';
import type { MaintenanceWindow } from './window.ts';

/** One time that a window stands: [from, to). */
export interface Occurrence {
  readonly window: MaintenanceWindow;
  readonly from: Instant;
  readonly to: Instant;
}

type Weekly = MaintenanceWindow['when'] & { readonly kind: 'weekly' };

/** The occurrences of a recurring window that begin in the days up to an instant. */
function recent({ timeZone, weekdays, time, lasts, from, until }: Weekly, at: Instant) {
  const clock = wallClock(timeZone);
  const today = Math.floor(clock.shows(at) / DAY) * DAY;
  const days = LONGEST / DAY + 1;
  const dates = Array.from({ length: days + 1 }, (_, ago) => today - ago * DAY);
  return dates
    .filter((date) => {
      const day = toIso(date).slice(0, 10);
      return from <= day && day <= until && weekdays.includes(weekdayOf(date));
    })
    .map((date) => clock.when(wallTime(toIso(date).slice(0, 10), time)))
    .map((begins) => ({ from: begins, to: begins + lasts }));
}

/** What of a window stands at an instant. An end that was changed holds instead of the one that was planned. */
function standing(window: MaintenanceWindow, at: Instant): Occurrence[] {
  const { when, changedEnds } = window;
  const planned = when.kind === 'once' ? [when] : recent(when, at);
  const unchanged = planned.filter(({ from }) => changedEnds.every((one) => one.from !== from));
  return [...unchanged, ...changedEnds]
    .filter(({ from, to }) => from <= at && at < to)
    .map(({ from, to }) => ({ window, from, to }));
}

/** The windows that stand at an instant, with the times from and to which they do. */
export function windowsAt(
  windows: readonly MaintenanceWindow[],
  at: Instant,
): readonly Occurrence[] {
  return windows.flatMap((window) => standing(window, at));
}

/**
 * The window with another end of the occurrence that stands now: earlier, at once, or later. What is held back must be looked at
 * again when the end changes. Refuses when none stands now (`refused`), and an end that has passed or is too far away (`invalid`).
 */
export function withEnd(
  window: MaintenanceWindow,
  to: Instant,
  now: Instant,
): Result<MaintenanceWindow> {
  const [current] = standing(window, now);
  if (current === undefined) {
    const detail = 'the window does not stand now: only one that does can end early or be extended';
    return refuse({ kind: 'refused', detail, allowed: [] });
  }
  if (to < now) return refuseInput([{ pointer: '/to', detail: 'has passed already' }]);
  if (to > Math.max(current.to, now + LONGEST)) {
    const detail = 'must be at most 7 days from now: extend the window again later';
    return refuseInput([{ pointer: '/to', detail }]);
  }
  const others = window.changedEnds.filter(({ from }) => from !== current.from);
  return ok({ ...window, changedEnds: [...others, { from: current.from, to }] });
}
