import { isHoliday } from '../calendar.ts';
import type { Instant, Milliseconds } from '../time.ts';
import { DAY, HOUR, toIso } from '../time.ts';
import type { Override } from './override.ts';
import { shifts } from './shifts.ts';
import type { Shift } from './shifts.ts';
import type { Schedule } from './stack.ts';
import type { WallClock, WallTime } from './wallClock.ts';
import type { Window } from './window.ts';

/** How many nights, weekends or holidays a person is on call in, if only for a part, and for how long. */
export interface Share {
  readonly count: number;
  readonly time: Milliseconds;
}

/** What a schedule asks of a person. */
export interface Load {
  readonly person: string;
  readonly shifts: number;
  readonly time: Milliseconds;
  /** From 22:00 to 06:00. */
  readonly nights: Share;
  /** Saturday and Sunday together are one. */
  readonly weekends: Share;
  readonly holidays: Share;
}

const isSaturday = (date: WallTime) => new Date(date).getUTCDay() === 6;

/** What begins at some dates of the wall clock and lasts so long on it, where it touches the window. */
function burdens(
  clock: WallClock,
  { from, to }: Window,
  begins: Milliseconds,
  lasts: Milliseconds,
  on: (date: WallTime) => boolean,
): readonly Window[] {
  const found: Window[] = [];
  const first = Math.floor((clock.shows(from) - begins - lasts) / DAY) * DAY;
  for (let date = first; clock.when(date) < to; date += DAY) {
    if (!on(date)) continue;
    found.push({ from: clock.when(date + begins), to: clock.when(date + begins + lasts) });
  }
  return found;
}

function shareOf(own: readonly Shift[], burden: readonly Window[]): Share {
  const times = burden.map(({ from, to }) =>
    own.reduce(
      (sum, shift) => sum + Math.max(0, Math.min(shift.to, to) - Math.max(shift.from, from)),
      0,
    ),
  );
  return {
    count: times.filter((time) => time > 0).length,
    time: times.reduce((sum, time) => sum + time, 0),
  };
}

/**
 * Each person's load in [from, to), by name. Nights, weekends and holidays are those of the wall clock in the schedule's zone.
 * @param overrides the schedule's, in the order in which they were made
 * @param holidays as a calendar of the policy has them: `YYYY-MM-DD`, or `MM-DD` for every year
 */
export function fairness(
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
  holidays: readonly string[] = [],
): readonly Load[] {
  const { clock } = schedule;
  const window = { from, to };
  const days = new Set(holidays);
  const nights = burdens(clock, window, 22 * HOUR, 8 * HOUR, () => true);
  const weekends = burdens(clock, window, 0, 2 * DAY, isSaturday);
  const daysOff = burdens(clock, window, 0, DAY, (date) =>
    isHoliday(days, toIso(date).slice(0, 10)),
  );
  const byPerson = new Map<string, Shift[]>();
  for (const shift of shifts(schedule, overrides, from, to)) {
    const own = byPerson.get(shift.person);
    if (own === undefined) byPerson.set(shift.person, [shift]);
    else own.push(shift);
  }
  return [...byPerson]
    .map(([person, own]) => ({
      person,
      shifts: own.length,
      time: own.reduce((sum, shift) => sum + shift.to - shift.from, 0),
      nights: shareOf(own, nights),
      weekends: shareOf(own, weekends),
      holidays: shareOf(own, daysOff),
    }))
    .sort((a, b) => (a.person < b.person ? -1 : 1));
}
