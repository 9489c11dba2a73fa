import {
  inJune,
  june,
  noonToNoon,
  office,
  override,
  scheduleOf,
} from '../../test/helpers/onCall.ts';
import { DAY, HOUR } from '../time.ts';
import { coverageGaps, planWarnings } from './coverage.ts';
import type { CoverageGap, GapWarning, ScheduleGap } from './coverage.ts';
import type { Override } from './override.ts';
import type { Schedule } from './stack.ts';

const text = ({ person, from, to }: CoverageGap) =>
  `${person ?? 'nobody'} ${inJune(from)} to ${inJune(to)}`;

function gapsOf(schedule: Schedule, overrides: Override[] = [], unreachable = ['bob']): string[] {
  const isReachable = (person: string) => !unreachable.includes(person);
  return coverageGaps(schedule, overrides, isReachable, june('01T12:00'), june('04T12:00')).map(
    text,
  );
}

describe('a schedule is not covered', () => {
  test('in the shifts of somebody whom no page reaches', () => {
    expect(gapsOf(scheduleOf([noonToNoon]))).toEqual(['bob 02T12:00 to 03T12:00']);
    expect(gapsOf(scheduleOf([noonToNoon]), [], [])).toEqual([]);
  });

  test('while nobody is on call', () => {
    expect(gapsOf(scheduleOf([office]), [], [])).toEqual([
      'nobody 01T16:00 to 02T08:00',
      'nobody 02T16:00 to 03T08:00',
      'nobody 03T16:00 to 04T08:00',
    ]);
  });

  test('turns in a row of one person are one stretch', () => {
    const bobOnly = scheduleOf([{ ...noonToNoon, people: ['bob'] }]);
    expect(gapsOf(bobOnly)).toEqual(['bob 01T12:00 to 04T12:00']);
  });

  test('an override by somebody who can be reached covers it, one by somebody who cannot opens it', () => {
    const replace = (person: string, insteadOf: string, from: string, to: string) =>
      override(person, { kind: 'replace', person, insteadOf }, from, to);
    const schedule = scheduleOf([noonToNoon]);
    expect(gapsOf(schedule, [replace('ann', 'bob', '02T12:00', '03T12:00')])).toEqual([]);
    expect(gapsOf(schedule, [replace('cem', 'ann', '02T00:00', '02T06:00')], ['cem'])).toEqual([
      'cem 02T00:00 to 02T06:00',
    ]);
  });
});

describe('a warning', () => {
  const leads = [DAY, HOUR];
  const begins = june('10T12:00');
  const gap: ScheduleGap = { schedule: 'desk', person: 'bob', from: begins, to: begins + DAY };
  const plan = (now: number, standing: GapWarning[] = [], gaps = [gap]) =>
    planWarnings(gaps, standing, leads, now, now + 28 * DAY);
  const dueLeads = (now: number, standing: GapWarning[] = [], gaps = [gap]) =>
    plan(now, standing, gaps).due.map(({ lead }) => lead);
  const told = (lead: number, change: Partial<GapWarning> = {}) => ({ ...gap, lead, ...change });

  test.each([
    ['more than a day before', begins - DAY - 1, []],
    ['a day before', begins - DAY, [DAY]],
    ['an hour before', begins - HOUR, [HOUR]],
    ['once it has begun', begins + HOUR, [HOUR]],
  ])('is due %s as it should, when none was told', (_when, now, expected) => {
    expect(dueLeads(now)).toEqual(expected);
  });

  test('is told once for each time before the gap', () => {
    expect(dueLeads(begins - 2 * HOUR, [told(DAY)])).toEqual([]);
    expect(dueLeads(begins - HOUR, [told(DAY)])).toEqual([HOUR]);
    expect(dueLeads(begins - 1, [told(DAY), told(HOUR)])).toEqual([]);
  });

  test('that was passed over is not told after a later one', () => {
    expect(dueLeads(begins - HOUR, [told(HOUR)])).toEqual([]);
  });

  test('of one person says nothing of another one, nor of another schedule', () => {
    const others = [told(HOUR, { person: null }), told(HOUR, { schedule: 'network' })];
    expect(dueLeads(begins - HOUR, others)).toEqual([HOUR]);
  });

  test('is not repeated when the gap was moved or has begun', () => {
    const moved = { ...gap, from: begins + 2 * HOUR, to: begins + 30 * HOUR };
    expect(dueLeads(begins, [told(HOUR)], [moved])).toEqual([]);
    expect(dueLeads(begins + HOUR, [told(HOUR)], [{ ...gap, from: begins + HOUR }])).toEqual([]);
  });

  test('ends when the gap is mended, and not while a part of it is left', () => {
    const standing = told(DAY);
    expect(plan(begins - 2 * HOUR, [standing], []).ended).toEqual([standing]);
    const shorter = { ...gap, from: begins + 20 * HOUR };
    expect(plan(begins - 2 * HOUR, [standing], [shorter]).ended).toEqual([]);
  });

  test('does not end because its gap begins beyond what was looked at', () => {
    const { ended } = planWarnings([], [told(DAY)], leads, begins - DAY, begins);
    expect(ended).toEqual([]);
  });

  test('is not given at all by a policy that names no time', () => {
    expect(planWarnings([gap], [], [], begins, begins + DAY)).toEqual({ due: [], ended: [] });
  });
});
