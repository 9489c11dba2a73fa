import fc from 'fast-check';
import { makeCalendar } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import {
  clockStatus,
  consumed,
  excludeFromClock,
  isLate,
  nextMoment,
  noteMoment,
  pauseClock,
  resumeClock,
  retargetClock,
  startClock,
  stopClock,
} from './clock.ts';
import type { Clock, Target } from './clock.ts';
import { fromIso, HOUR, MINUTE, toIso } from './time.ts';
import type { Instant } from './time.ts';

const always = makeCalendar('always', { always: true });
const office = makeCalendar('office', {
  timeZone: 'Europe/Berlin',
  week: {
    monday: ['08:00-12:00', '13:00-18:00'],
    tuesday: ['08:00-18:00'],
    saturday: ['00:00-24:00'],
    sunday: ['01:30-03:30'],
  },
  holidays: ['2026-03-30'],
});
const colony = makeCalendar('colony', {
  timeZone: 'Australia/Lord_Howe',
  week: { sunday: ['01:00-06:00'], wednesday: ['09:15-17:45'], friday: ['22:00-24:00'] },
  holidays: [],
});

/** Around the spring change in Berlin, in a week of each calendar. */
const begin = fromIso('2026-03-26T00:00:00Z');
const calendars = fc.constantFrom(always, office, colony);
const within = fc.integer({ min: 1, max: 20 * 60 }).map((minutes) => minutes * MINUTE);
/** Lengths of running and pausing in turn, in minutes; zero is a pause and a resumption at once. */
const turns = fc.array(fc.integer({ min: 0, max: 36 * 60 }), { maxLength: 8 });

function target(calendar: Calendar, ms: number): Target {
  return { within: ms, calendar: calendar.name, rule: 'test' };
}

/** Runs and pauses a clock in turn. Even turns run. */
function play(
  calendar: Calendar,
  ms: number,
  lengths: readonly number[],
): { clock: Clock; at: Instant } {
  let clock = startClock(target(calendar, ms), [0.5], calendar, begin);
  let at = begin;
  lengths.forEach((minutes, index) => {
    at += minutes * MINUTE;
    clock = index % 2 === 0 ? pauseClock(clock, calendar, at) : resumeClock(clock, calendar, at);
  });
  return { clock, at };
}

function runsAt(clock: Clock, at: Instant): boolean {
  return clock.segments.some(({ from, to }) => from <= at && (to === null || at < to));
}

/** The first whole minute by which `ms` of open running time have passed, found by looking at every minute; null when it is not reached. */
function deadlineByStepping(
  clock: Clock,
  calendar: Calendar,
  ms: number,
  until: Instant,
): Instant | null {
  let used = 0;
  for (let at = begin; at < until; at += MINUTE) {
    if (runsAt(clock, at) && calendar.isOpen(at)) used += MINUTE;
    if (used >= ms) return at + MINUTE;
  }
  return null;
}

test('a deadline found by stepping minute by minute equals the computed one', () => {
  fc.assert(
    fc.property(calendars, within, turns, (calendar, ms, lengths) => {
      const { clock } = play(calendar, ms, lengths);
      const horizon = Math.max(begin, clock.dueAt ?? begin) + 15 * 24 * HOUR;
      expect(clock.dueAt).toBe(deadlineByStepping(clock, calendar, ms, horizon));
    }),
    { numRuns: 150 },
  );
});

test('a clock never runs backwards', () => {
  const moments = fc.array(fc.integer({ min: 0, max: 14 * 24 * 60 }), {
    minLength: 2,
    maxLength: 20,
  });
  fc.assert(
    fc.property(calendars, turns, moments, (calendar, lengths, offsets) => {
      const { clock, at } = play(calendar, HOUR, lengths);
      const times = offsets.map((minutes) => at + minutes * MINUTE).sort((a, b) => a - b);
      const used = times.map((time) => consumed(clock, calendar, time));
      expect(used).toEqual([...used].sort((a, b) => a - b));
    }),
  );
});

test('pausing and resuming in any order loses and gains nothing', () => {
  fc.assert(
    fc.property(calendars, turns, (calendar, lengths) => {
      const { clock, at } = play(calendar, HOUR, lengths);
      let expected = 0;
      let from = begin;
      lengths.forEach((minutes, index) => {
        if (index % 2 === 0) expected += calendar.between(from, from + minutes * MINUTE);
        from += minutes * MINUTE;
      });
      expect(consumed(clock, calendar, at)).toBe(expected);
      // Saying it twice is saying it once.
      const again =
        clockStatus(clock) === 'paused'
          ? pauseClock(clock, calendar, at)
          : resumeClock(clock, calendar, at);
      expect(again).toBe(clock);
    }),
  );
});

test('recomputing under another calendar and target equals replaying from the start', () => {
  fc.assert(
    fc.property(
      calendars,
      calendars,
      within,
      within,
      turns,
      (before, after, first, second, lengths) => {
        const { clock } = play(before, first, lengths);
        expect(retargetClock(clock, target(after, second), after)).toEqual(
          play(after, second, lengths).clock,
        );
      },
    ),
  );
});

test('a clock that is never paused is due when its target is used up', () => {
  fc.assert(
    fc.property(calendars, within, (calendar, ms) => {
      const clock = startClock(target(calendar, ms), [], calendar, begin);
      expect(consumed(clock, calendar, clock.dueAt ?? 0)).toBe(ms);
    }),
  );
});

test('warnings come in order, each once, then the deadline, then nothing', () => {
  let clock = startClock(target(always, 4 * HOUR), [0.5, 0.75], always, begin);
  const said: string[] = [];
  for (let moment = nextMoment(clock); moment !== undefined; moment = nextMoment(clock)) {
    said.push(`${moment.share} ${toIso(moment.at).slice(11, 16)}`);
    clock = noteMoment(clock, moment);
  }
  expect(said).toEqual(['0.5 02:00', '0.75 03:00', '1 04:00']);
});

test('a paused clock says nothing, and its deadline moves by the pause', () => {
  const started = startClock(target(always, 4 * HOUR), [0.5], always, begin);
  const paused = pauseClock(started, always, begin + HOUR);
  expect(nextMoment(paused)).toBeUndefined();
  expect(paused.dueAt).toBeNull();
  const resumed = resumeClock(paused, always, begin + 10 * HOUR);
  expect(resumed.dueAt).toBe(begin + 13 * HOUR);
});

test('a clock paused exactly at its deadline has used up its target', () => {
  const started = startClock(target(always, 4 * HOUR), [], always, begin);
  expect(pauseClock(started, always, begin + 4 * HOUR).dueAt).toBe(begin + 4 * HOUR);
});

test('a stopped clock keeps its deadline and counts no more, whatever comes', () => {
  const stopped = stopClock(startClock(target(always, 4 * HOUR), [], always, begin), begin + HOUR);
  expect(nextMoment(stopped)).toBeUndefined();
  expect(consumed(stopped, always, begin + 9 * HOUR)).toBe(HOUR);
  expect(stopped.dueAt).toBe(begin + 4 * HOUR);
  for (const after of [
    pauseClock(stopped, always, begin + 2 * HOUR),
    resumeClock(stopped, always, begin + 2 * HOUR),
    stopClock(stopped, begin + 2 * HOUR),
    retargetClock(stopped, target(office, HOUR), office),
  ]) {
    expect(after).toBe(stopped);
  }
});

test('a target cut below what was used is due in the past; a breach is never taken back', () => {
  const clock = startClock(target(always, 4 * HOUR), [], always, begin);
  const shorter = retargetClock(clock, target(always, HOUR), always);
  expect(shorter.dueAt).toBe(begin + HOUR);
  const breached = noteMoment(shorter, { at: begin + HOUR, share: 1 });
  expect(retargetClock(breached, target(always, 9 * HOUR), always).breachedAt).toBe(begin + HOUR);
});

test('a night shift over the spring change has one hour less', () => {
  const clock = startClock(
    target(office, 24 * HOUR),
    [],
    office,
    fromIso('2026-03-28T00:00:00+01:00'),
  );
  // Saturday has 24 hours; on Sunday 02:00 to 03:00 does not exist.
  expect(toIso(clock.dueAt ?? 0)).toBe('2026-03-28T23:00:00.000Z');
  const longer = retargetClock(clock, target(office, 25 * HOUR), office);
  expect(toIso(longer.dueAt ?? 0)).toBe('2026-03-29T01:30:00.000Z');
});

test('excluding a stretch of time equals never having run in it', () => {
  const offset = fc.integer({ min: 0, max: 6 * 24 * 60 });
  fc.assert(
    fc.property(calendars, within, turns, offset, offset, (calendar, ms, lengths, a, b) => {
      const { clock } = play(calendar, ms, lengths);
      const from = begin + Math.min(a, b) * MINUTE;
      const to = begin + Math.max(a, b) * MINUTE;
      const excluded = excludeFromClock(clock, calendar, from, to);
      const runs = (at: Instant): boolean => runsAt(clock, at) && (at < from || at >= to);
      const end = begin + 9 * 24 * HOUR;
      let used = 0;
      let reached: Instant | null = null;
      let same = true;
      for (let at = begin; at < end && reached === null; at += MINUTE) {
        same &&= runsAt(excluded, at) === runs(at);
        if (runs(at) && calendar.isOpen(at)) used += MINUTE;
        if (used >= ms) reached = at + MINUTE;
      }
      expect(same).toBe(true);
      if (reached !== null) expect(excluded.dueAt).toBe(reached);
      expect(clockStatus(excluded)).toBe(clockStatus(clock));
    }),
    { numRuns: 50 },
  );
});

test('a correction of a clock that stopped late can show that it was in time; the breach stays', () => {
  const started = startClock(target(always, 4 * HOUR), [], always, begin);
  const breached = noteMoment(started, { at: begin + 4 * HOUR, share: 1 });
  const stopped = stopClock(breached, begin + 5 * HOUR);
  expect(isLate(stopped, begin + 9 * HOUR)).toBe(true);
  const corrected = excludeFromClock(stopped, always, begin + HOUR, begin + 3 * HOUR);
  expect(isLate(corrected, begin + 9 * HOUR)).toBe(false);
  expect(corrected).toMatchObject({
    dueAt: begin + 6 * HOUR,
    breachedAt: begin + 4 * HOUR,
    stoppedAt: begin + 5 * HOUR,
  });
  expect(consumed(corrected, always, begin + 9 * HOUR)).toBe(3 * HOUR);
});
