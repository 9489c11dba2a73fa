import fc from 'fast-check';
import { inJune, june, noonToNoon, override, scheduleOf } from '../../test/helpers/onCall.ts';
import { scenarios } from '../../test/helpers/schedules.ts';
import { DAY, MINUTE } from '../time.ts';
import { nextHandOver } from './handOver.ts';
import type { Override } from './override.ts';
import { onCallAt } from './onCall.ts';
import type { Schedule } from './stack.ts';

function inWords(schedule: Schedule, overrides: Override[], after: string, until: string) {
  const found = nextHandOver(schedule, overrides, june(after), june(until));
  const names = (list: readonly { person: string }[]) => list.map(({ person }) => person).join('+');
  return found && `${inJune(found.at)} ${names(found.leaving)} > ${names(found.coming)}`;
}

const desk = scheduleOf([noonToNoon]);

test.each<[rule: string, schedule: Schedule, overrides: Override[], expected: string | undefined]>([
  ['is where the next turn begins', desk, [], '02T12:00 ann > bob'],
  [
    'is also where an override begins',
    desk,
    [override('o1', { kind: 'add', person: 'dee' }, '02T06:00', '02T18:00')],
    '02T06:00  > dee',
  ],
  [
    'is also where nobody follows',
    scheduleOf([{ ...noonToNoon, until: '2026-06-02' }]),
    [],
    '02T12:00 ann > ',
  ],
  [
    'is not where one turn of a person follows another',
    scheduleOf([{ ...noonToNoon, people: ['ann'] }]),
    [],
    undefined,
  ],
  [
    'is not where an override of the same person begins',
    scheduleOf([{ ...noonToNoon, people: ['ann'] }]),
    [override('o1', { kind: 'replace', person: 'ann' }, '02T06:00', '02T18:00')],
    undefined,
  ],
])('the next hand-over %s', (_rule, schedule, overrides, expected) => {
  expect(inWords(schedule, overrides, '02T00:00', '04T00:00')).toBe(expected);
});

test('a hand-over that is now is not the next one', () => {
  expect(inWords(desk, [], '02T12:00', '04T00:00')).toBe('03T12:00 bob > ann');
});

test('a hand-over beyond the horizon is none', () => {
  expect(inWords(desk, [], '01T13:00', '02T12:00')).toBeUndefined();
});

test('whatever the schedule: until the next hand-over the people stay, and then they do not', () => {
  const peopleAt = (...[schedule, overrides, at]: Parameters<typeof onCallAt>) =>
    onCallAt(schedule, overrides, at)
      .map(({ person }) => person)
      .sort();
  fc.assert(
    fc.property(scenarios, ({ at, schedule, overrides }) => {
      const until = at + 2 * DAY;
      const next = nextHandOver(schedule, overrides, at, until)?.at ?? until;
      const now = peopleAt(schedule, overrides, at);
      for (let later = at; later < next; later += 10 * MINUTE) {
        expect(peopleAt(schedule, overrides, later)).toEqual(now);
      }
      if (next < until) expect(peopleAt(schedule, overrides, next)).not.toEqual(now);
    }),
    { numRuns: 50 },
  );
});
