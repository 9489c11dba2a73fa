import fc from 'fast-check';
import { inJune, june, noonToNoon, override } from '../../test/helpers/onCall.ts';
import { HOUR } from '../time.ts';
import type { CalendarShift } from './calendarLayer.ts';
import { gaps, overlaps } from './gaps.ts';
import { onCallAt } from './onCall.ts';
import type { Override } from './override.ts';
import { scheduleSchema } from './schedule.ts';
import type { ScheduleInput } from './schedule.ts';
import { shifts } from './shifts.ts';
import { makeSchedule } from './stack.ts';

const shift = (person: string, from: string, to: string, uid = `${person} ${from}`) => ({
  person,
  from: june(from),
  to: june(to),
  uid,
});

function scheduleWith(calendar: CalendarShift[], more: Partial<ScheduleInput> = {}) {
  const input = { name: 'desk', timeZone: 'UTC', layers: [], ...more };
  return makeSchedule(scheduleSchema.parse(input), calendar);
}

const day = [june('01T00:00'), june('02T00:00')] as const;

/** `person from/to` of each shift of 1 June. */
const inWords = (schedule: ReturnType<typeof makeSchedule>, overrides: Override[] = []) =>
  shifts(schedule, overrides, ...day).map(
    ({ person, from, to }) => `${person} ${inJune(from)}/${inJune(to)}`,
  );

test('an imported shift names its event as the reason', () => {
  const schedule = scheduleWith([shift('ann', '01T08:00', '01T16:00', 'a@example.org')]);
  expect(onCallAt(schedule, [], june('01T08:00'))).toEqual([
    { person: 'ann', source: { kind: 'calendar', uid: 'a@example.org' } },
  ]);
});

test('an imported shift begins at its start and is over at its end', () => {
  const schedule = scheduleWith([shift('ann', '01T08:00', '01T16:00')]);
  const people = (at: number) => onCallAt(schedule, [], at).map(({ person }) => person);
  expect(people(june('01T08:00') - 1)).toEqual([]);
  expect(people(june('01T08:00'))).toEqual(['ann']);
  expect(people(june('01T16:00') - 1)).toEqual(['ann']);
  expect(people(june('01T16:00'))).toEqual([]);
});

test('events that overlap put several people on call, and that is an overlap', () => {
  const schedule = scheduleWith([
    shift('ann', '01T08:00', '01T16:00'),
    shift('bob', '01T12:00', '01T20:00'),
  ]);
  expect(inWords(schedule)).toEqual(['ann 01T08:00/01T16:00', 'bob 01T12:00/01T20:00']);
  expect(overlaps(schedule, [], ...day).map(({ from, to }) => [inJune(from), inJune(to)])).toEqual([
    ['01T12:00', '01T16:00'],
  ]);
});

test('a person whose events overlap is on call once', () => {
  const schedule = scheduleWith([
    shift('ann', '01T08:00', '01T16:00'),
    shift('ann', '01T10:00', '01T12:00'),
    shift('ann', '01T12:00', '01T20:00'),
  ]);
  expect(inWords(schedule)).toEqual(['ann 01T08:00/01T16:00', 'ann 01T16:00/01T20:00']);
});

test('the calendar stands above the layers, which show where it has nobody', () => {
  const schedule = scheduleWith([shift('cem', '01T14:00', '01T16:00')], { layers: [noonToNoon] });
  expect(inWords(schedule)).toEqual([
    'ann 01T12:00/01T14:00',
    'cem 01T14:00/01T16:00',
    'ann 01T16:00/02T00:00',
  ]);
});

test('a temporary schedule stands in place of the calendar too', () => {
  const schedule = scheduleWith([shift('cem', '01T00:00', '02T00:00')], {
    temporary: [
      {
        name: 'fair',
        from: '2026-06-01T12:00:00Z',
        to: '2026-06-01T18:00:00Z',
        layers: [noonToNoon],
      },
    ],
  });
  expect(inWords(schedule)).toEqual([
    'cem 01T00:00/01T12:00',
    'ann 01T12:00/01T18:00',
    'cem 01T18:00/02T00:00',
  ]);
});

test('an override acts on what the calendar says', () => {
  const schedule = scheduleWith([shift('ann', '01T08:00', '01T16:00')]);
  const swap = override(
    'o1',
    { kind: 'replace', person: 'bob', insteadOf: 'ann' },
    '01T12:00',
    '02T00:00',
  );
  expect(inWords(schedule, [swap])).toEqual(['ann 01T08:00/01T12:00', 'bob 01T12:00/01T16:00']);
});

test('where the calendar has nobody there is a gap', () => {
  const schedule = scheduleWith([shift('ann', '01T08:00', '01T16:00')]);
  expect(gaps(schedule, [], ...day).map(({ from, to }) => [inJune(from), inJune(to)])).toEqual([
    ['01T00:00', '01T08:00'],
    ['01T16:00', '02T00:00'],
  ]);
});

test('at every instant the shifts say what the events say', () => {
  const events = fc.array(
    fc.record({
      person: fc.constantFrom('ann', 'bob', 'cem'),
      starts: fc.integer({ min: -10, max: 40 }),
      hours: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(events, fc.integer({ min: -2, max: 26 }), (list, hour) => {
      const calendar = list.map(({ person, starts, hours }, index) => ({
        person,
        from: day[0] + starts * HOUR,
        to: day[0] + (starts + hours) * HOUR,
        uid: String(index),
      }));
      const schedule = scheduleWith(calendar);
      const at = day[0] + hour * HOUR;
      const meant = calendar.filter(({ from, to }) => from <= at && at < to);
      const names = new Set(meant.map(({ person }) => person));
      const asked = onCallAt(schedule, [], at).map(({ person }) => person);
      const told = shifts(schedule, [], at - 3 * HOUR, at + 3 * HOUR)
        .filter(({ from, to }) => from <= at && at < to)
        .map(({ person }) => person);
      expect(asked.toSorted()).toEqual([...names].toSorted());
      expect(told.toSorted()).toEqual([...names].toSorted());
    }),
  );
});
