import fc from 'fast-check';
import { calendar, event, file, shiftsIn } from '../../test/helpers/iCalendar.ts';
import { DAY, HOUR, fromIso, toIso } from '../time.ts';

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const window = { from: fromIso('2026-01-01T00:00Z'), to: fromIso('2026-07-01T00:00Z') };
const mondayOf = (day: number) => Math.floor((day + 3) / 7);

const simpleRule = fc.record({
  freq: fc.constantFrom('HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY'),
  interval: fc.integer({ min: 1, max: 5 }),
  // Weekdays, as Date counts them.
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
  months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
  end: fc.oneof(
    // A short count ends within the window: whether its first date was counted is seen at the end.
    fc.record({
      count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 })),
    }),
    fc.record({ until: fc.integer({ min: 0, max: 600 }) }),
    fc.constant({}),
  ),
  startDay: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 360, max: 500 })),
  startHour: fc.integer({ min: 0, max: 23 }),
});
type SimpleRule = typeof simpleRule extends fc.Arbitrary<infer Rule> ? Rule : never;

/** Every hour from the start on, one by one: is it one of the rule's? */
function naive({ freq, interval, days, months, end, startDay, startHour }: SimpleRule): number[] {
  const start = fromIso('2025-01-01T00:00Z') + startDay * DAY + startHour * HOUR;
  const first = new Date(start);
  const limits = end as { count?: number; until?: number };
  const last = limits.until === undefined ? Infinity : start + limits.until * DAY;
  const found: number[] = [];
  for (
    let at = start;
    at < window.to && at <= last && found.length < (limits.count ?? Infinity);
    at += HOUR
  ) {
    const date = new Date(at);
    const periods = {
      HOURLY: (at - start) / HOUR,
      DAILY: Math.floor(at / DAY) - Math.floor(start / DAY),
      WEEKLY: mondayOf(Math.floor(at / DAY)) - mondayOf(Math.floor(start / DAY)),
      MONTHLY:
        (date.getUTCFullYear() - first.getUTCFullYear()) * 12 +
        date.getUTCMonth() -
        first.getUTCMonth(),
    }[freq];
    const timeFits = freq === 'HOURLY' || date.getUTCHours() === startHour;
    const dayFits =
      days.length > 0
        ? days.includes(date.getUTCDay())
        : freq === 'WEEKLY'
          ? date.getUTCDay() === first.getUTCDay()
          : freq !== 'MONTHLY' || date.getUTCDate() === first.getUTCDate();
    const monthFits = months.length === 0 || months.includes(date.getUTCMonth() + 1);
    if (at === start || (periods % interval === 0 && timeFits && dayFits && monthFits))
      found.push(at);
  }
  return found.filter((at) => at + HOUR / 2 > window.from);
}

const stamp = (at: number) => toIso(at).replace(/[-:]|\.000/g, '');

function lines(rule: SimpleRule): string[] {
  const start = fromIso('2025-01-01T00:00Z') + rule.startDay * DAY + rule.startHour * HOUR;
  const { count, until } = rule.end as { count?: number; until?: number };
  const parts = [
    `FREQ=${rule.freq}`,
    `INTERVAL=${rule.interval}`,
    ...(rule.days.length > 0 ? [`BYDAY=${rule.days.map((day) => WEEKDAYS[day]).join(',')}`] : []),
    ...(rule.months.length > 0 ? [`BYMONTH=${rule.months.join(',')}`] : []),
    ...(count === undefined ? [] : [`COUNT=${count}`]),
    ...(until === undefined ? [] : [`UNTIL=${stamp(start + until * DAY)}`]),
  ];
  return [`DTSTART:${stamp(start)}`, 'DURATION:PT30M', `RRULE:${parts.join(';')}`];
}

test('simple rules have the dates that counting hour by hour finds', () => {
  fc.assert(
    fc.property(simpleRule, (rule) => {
      const found = shiftsIn(file(calendar(...event(...lines(rule)))), { window });
      expect(found.map((shift) => shift.slice(5, 16))).toEqual(
        naive(rule).map((at) => toIso(at).slice(5, 16)),
      );
    }),
    { numRuns: 150 },
  );
});
