import fc from 'fast-check';
import { june, noonToNoon, override, scheduleOf } from '../../test/helpers/onCall.ts';
import { scenarios } from '../../test/helpers/schedules.ts';
import { DAY, HOUR, fromIso } from '../time.ts';
import { fairness } from './fairness.ts';
import { shifts } from './shifts.ts';

const hours = (count: number, time: number) => ({ count, time: time * HOUR });
const none = hours(0, 0);

test('a load counts shifts, nights from 22 to 06, weekends and holidays', () => {
  // Ann: Monday noon to Tuesday noon, Wednesday to Thursday, Friday to Saturday, Sunday to Monday.
  const loads = fairness(scheduleOf([noonToNoon]), [], june('01T12:00'), june('08T12:00'), [
    '2026-06-04',
    '06-06',
  ]);
  expect(loads).toEqual([
    {
      person: 'ann',
      shifts: 4,
      time: 96 * HOUR,
      nights: hours(4, 32),
      weekends: hours(1, 24),
      holidays: hours(2, 24),
    },
    {
      person: 'bob',
      shifts: 3,
      time: 72 * HOUR,
      nights: hours(3, 24),
      weekends: hours(1, 24),
      holidays: hours(2, 24),
    },
  ]);
});

test('overrides count: who took over has the load, who gave it away has not', () => {
  const taken = override('o1', { kind: 'replace', person: 'dee' }, '01T00:00', '02T12:00');
  const loads = fairness(scheduleOf([noonToNoon]), [taken], june('01T12:00'), june('03T12:00'));
  expect(loads.map(({ person, time, nights }) => ({ person, time, nights }))).toEqual([
    { person: 'bob', time: 24 * HOUR, nights: hours(1, 8) },
    { person: 'dee', time: 24 * HOUR, nights: hours(1, 8) },
  ]);
});

test('a night that two people share counts for both, each with their hours of it', () => {
  const early = { ...noonToNoon, rotation: { kind: 'daily', handOver: '00:00' } as const };
  const loads = fairness(scheduleOf([early]), [], june('01T12:00'), june('02T12:00'));
  expect(loads.map(({ nights }) => nights)).toEqual([hours(1, 2), hours(1, 6)]);
});

test('the night of a clock change has seven or nine hours', () => {
  const berlin = scheduleOf([{ ...noonToNoon, start: '2026-01-01', people: ['ann'] }], {
    timeZone: 'Europe/Berlin',
  });
  const night = (from: string, to: string) => fairness(berlin, [], fromIso(from), fromIso(to))[0];
  expect(night('2026-03-28T12:00Z', '2026-03-29T12:00Z')?.nights).toEqual(hours(1, 7));
  expect(night('2026-10-24T12:00Z', '2026-10-25T12:00Z')?.nights).toEqual(hours(1, 9));
  expect(night('2026-10-24T12:00Z', '2026-10-24T18:00Z')?.nights).toEqual(none);
});

test('whatever the schedule: the loads add up to the shifts', () => {
  fc.assert(
    fc.property(scenarios, fc.nat(20 * DAY), ({ at, schedule, overrides }, long) => {
      const [from, to] = [at - DAY, at - DAY + long];
      const own = shifts(schedule, overrides, from, to);
      const loads = fairness(schedule, overrides, from, to);
      const sum = (parts: readonly number[]) => parts.reduce((total, part) => total + part, 0);
      expect(sum(loads.map((load) => load.shifts))).toBe(own.length);
      expect(sum(loads.map(({ time }) => time))).toBe(sum(own.map((one) => one.to - one.from)));
      for (const { time, nights, weekends } of loads) {
        expect(Math.max(nights.time, weekends.time)).toBeLessThanOrEqual(time);
      }
    }),
  );
});
