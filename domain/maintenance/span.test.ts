import { fromIso, HOUR, toIso } from '../time.ts';
import { occurrencesOf, spanOf } from './span.ts';
import type { WindowDefinition } from './window.ts';

const weekly = (from: string, until: string): WindowDefinition['when'] => ({
  ...{ kind: 'weekly', timeZone: 'Europe/Berlin', weekdays: ['saturday', 'sunday'] },
  ...{ time: '02:30', lasts: HOUR, from, until },
});
const when = weekly('2026-03-27', '2026-04-04');

test('a recurring window occurs on its days at its time of the wall clock, after the gap in the night of a clock change', () => {
  const occurrences = occurrencesOf({ when, changedEnds: [] });
  expect(occurrences.map(({ from }) => toIso(from))).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
    '2026-04-04T00:30:00.000Z',
  ]);
});

test('a window spans from its first beginning to its last end, changed ends included', () => {
  const from = fromIso('2026-03-28T01:30:00Z');
  const to = fromIso('2026-04-05T00:00:00Z');
  expect(spanOf({ when, changedEnds: [{ from, to }] })).toEqual({ from, to });
  const early = fromIso('2026-04-04T01:00:00Z');
  const last = { from: fromIso('2026-04-04T00:30:00Z'), to: early };
  expect(spanOf({ when, changedEnds: [last] })?.to).toBe(early);
});

test('a window without one of its weekdays in its dates never stands', () => {
  const never = weekly('2026-03-30', '2026-04-03');
  expect(spanOf({ when: never, changedEnds: [] })).toBeUndefined();
});
