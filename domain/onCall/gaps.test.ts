import fc from 'fast-check';
import {
  inJune,
  june,
  noonToNoon,
  office,
  override,
  scheduleOf,
} from '../../test/helpers/onCall.ts';
import { scenarios } from '../../test/helpers/schedules.ts';
import { DAY } from '../time.ts';
import { gaps, overlaps } from './gaps.ts';
import { onCallAt } from './onCall.ts';
import { shifts } from './shifts.ts';

const window = [june('01T00:00'), june('03T00:00')] as const;
const inWords = (found: readonly { from: number; to: number }[]) =>
  found.map(({ from, to }) => `${inJune(from)}–${inJune(to)}`);

describe('a gap', () => {
  test('is every time at which nobody is on call', () => {
    expect(inWords(gaps(scheduleOf([{ ...office, start: '2026-05-01' }]), [], ...window))).toEqual([
      '01T00:00–01T08:00',
      '01T16:00–02T08:00',
      '02T16:00–03T00:00',
    ]);
  });

  test('is closed by an override, and opened by one', () => {
    const overrides = [
      override('o1', { kind: 'add', person: 'dee' }, '01T00:00', '01T12:00'),
      override('o2', { kind: 'remove', person: 'ann' }, '02T06:00', '02T18:00'),
    ];
    expect(inWords(gaps(scheduleOf([noonToNoon]), overrides, ...window))).toEqual([
      '02T06:00–02T12:00',
    ]);
  });

  test('is one where an override that changes nothing begins in it', () => {
    const nothing = override('o1', { kind: 'remove', person: 'dee' }, '01T03:00', '01T05:00');
    expect(inWords(gaps(scheduleOf([noonToNoon]), [nothing], ...window))).toEqual([
      '01T00:00–01T12:00',
    ]);
  });
});

describe('an overlap', () => {
  test('is not where layers lie over each other: one of them wins', () => {
    expect(overlaps(scheduleOf([noonToNoon, office]), [], ...window)).toEqual([]);
  });

  test('is where an override adds somebody, with both', () => {
    const added = override('o1', { kind: 'add', person: 'dee' }, '02T06:00', '02T18:00');
    const found = overlaps(scheduleOf([noonToNoon]), [added], ...window);
    expect(inWords(found)).toEqual(['02T06:00–02T12:00', '02T12:00–02T18:00']);
    expect(found.map(({ onCall }) => onCall.map(({ person }) => person))).toEqual([
      ['ann', 'dee'],
      ['bob', 'dee'],
    ]);
  });
});

test('two overrides that begin at once make one overlap of three people', () => {
  const both = ['dee', 'eve'].map((person) =>
    override(person, { kind: 'add', person }, '02T06:00', '02T08:00'),
  );
  const found = overlaps(scheduleOf([noonToNoon]), both, ...window);
  expect(inWords(found)).toEqual(['02T06:00–02T08:00']);
  expect(found[0]?.onCall.map(({ person }) => person)).toEqual(['ann', 'dee', 'eve']);
});

test('whatever the schedule: shifts less overlaps, and gaps, make up the window', () => {
  fc.assert(
    fc.property(scenarios, fc.nat(20 * DAY), ({ at, schedule, overrides }, long) => {
      const [from, to] = [at - DAY, at - DAY + long];
      const none = gaps(schedule, overrides, from, to);
      const many = overlaps(schedule, overrides, from, to);
      const own = shifts(schedule, overrides, from, to);
      const length = (list: readonly { from: number; to: number }[]) =>
        list.reduce((sum, part) => sum + part.to - part.from, 0);
      const twice = many.reduce(
        (sum, part) => sum + (part.to - part.from) * (part.onCall.length - 1),
        0,
      );
      expect(length(own) - twice + length(none)).toBe(to - from);
      for (const gap of none) {
        const ends = [gap.from, gap.to - 1].map((now) => onCallAt(schedule, overrides, now));
        expect(ends).toEqual([[], []]);
      }
    }),
  );
});
