import { scheduleOf } from '../../test/helpers/onCall.ts';
import { MINUTE, fromIso, toIso } from '../time.ts';
import { gaps } from './gaps.ts';
import { onCallAt } from './onCall.ts';
import type { ScheduleInput } from './schedule.ts';
import { shifts } from './shifts.ts';

type Layer = ScheduleInput['layers'][number];

/** Bob and Ann take turns from midnight to midnight, on Sundays in these hours alone: on 29 March and 25 October 2026 Ann. */
const sundays = (...hours: string[]): Layer => ({
  name: 'sundays',
  rotation: { kind: 'daily', handOver: '00:00' },
  start: '2026-01-01',
  people: ['bob', 'ann'],
  restrictions: { sunday: hours },
});
const below: Layer = {
  name: 'below',
  rotation: { kind: 'monthly', dayOfMonth: 1, handOver: '00:00' },
  start: '2026-01-01',
  people: ['cem'],
};
const handOverInside: Layer = {
  ...sundays('01:00-04:00'),
  rotation: { kind: 'daily', handOver: '02:30' },
};

// Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z; 25 October: 03:00 becomes 02:00 at 01:00Z.
const nights = {
  spring: { from: fromIso('2026-03-28T22:00Z'), to: fromIso('2026-03-29T06:00Z') },
  autumn: { from: fromIso('2026-10-24T22:00Z'), to: fromIso('2026-10-25T06:00Z') },
};

const clock = (at: number): string => toIso(at).slice(11, 16);

type Row = [rule: string, layers: Layer[], night: keyof typeof nights, expected: string[]];

describe('on the night of a clock change, a layer that is restricted to hours', () => {
  test.each<Row>([
    ['loses the hour that is skipped', [sundays('01:00-05:00')], 'spring', ['ann 00:00–03:00']],
    [
      'has the hour that is repeated twice, in one shift',
      [sundays('01:00-05:00')],
      'autumn',
      ['ann 23:00–04:00'],
    ],
    [
      'begins after the gap when its hours begin in it',
      [sundays('02:15-05:00')],
      'spring',
      ['ann 01:00–03:00'],
    ],
    [
      'ends with the gap when its hours end in it',
      [sundays('01:00-02:30')],
      'spring',
      ['ann 00:00–01:00'],
    ],
    ['has nobody when all of its hours are skipped', [sundays('02:15-02:45')], 'spring', []],
    [
      'has somebody each time that its hours come',
      [sundays('02:15-02:45')],
      'autumn',
      ['ann 00:15–00:45', 'ann 01:15–01:45'],
    ],
    [
      'hands over inside its hours after the gap',
      [handOverInside],
      'spring',
      ['bob 00:00–01:30', 'ann 01:30–02:00'],
    ],
    [
      'hands over inside its hours the first time',
      [handOverInside],
      'autumn',
      ['bob 23:00–00:30', 'ann 00:30–03:00'],
    ],
    [
      'shows the layer below outside of its hours, without a gap',
      [below, sundays('02:15-02:45')],
      'autumn',
      [
        'cem 22:00–00:15',
        'ann 00:15–00:45',
        'cem 00:45–01:15',
        'ann 01:15–01:45',
        'cem 01:45–06:00',
      ],
    ],
  ])('%s', (_rule, layers, night, expected) => {
    const schedule = scheduleOf(layers, { timeZone: 'Europe/Berlin' });
    const { from, to } = nights[night];
    const found = shifts(schedule, [], from, to);
    expect(found.map((shift) => `${shift.person} ${clock(shift.from)}–${clock(shift.to)}`)).toEqual(
      expected,
    );
    const uncovered = gaps(schedule, [], from, to);
    for (let at = from; at < to; at += MINUTE) {
      const said = onCallAt(schedule, [], at).map(({ person }) => person);
      const running = found.filter((shift) => shift.from <= at && at < shift.to);
      expect([clock(at), said]).toEqual([clock(at), running.map(({ person }) => person)]);
      expect(uncovered.some((gap) => gap.from <= at && at < gap.to)).toBe(said.length === 0);
    }
  });
});
