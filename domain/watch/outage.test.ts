import { fromIso, MINUTE } from '../time.ts';
import { seen, told, wordFor } from './outage.ts';
import type { Outage } from './outage.ts';

const start = fromIso('2026-11-22T02:00:00Z');

/** What is told, minute by minute. @param out the minutes in which paging is out. @param heard whether words get through */
function words(minutes: number, out: (at: number) => boolean, heard = (_at: number) => true) {
  let outage: Outage | null = null;
  const said: string[] = [];
  for (let at = 0; at < minutes; at++) {
    const now = start + at * MINUTE;
    const word = wordFor(outage, out(at), now);
    const known: Outage = seen(outage, now);
    if (word !== undefined && heard(at)) {
      said.push(`${at} ${word}`);
      outage = told(known, word, now);
    } else if (out(at)) outage = known;
    else if (outage?.toldAt === null) outage = null;
  }
  return said;
}

test('an outage is told once, every half an hour while it lasts, and its end once', () => {
  expect(words(120, (at) => at >= 5 && at < 70)).toEqual([
    ...['5 alarm', '35 reminder', '65 reminder', '70 allClear'],
  ]);
});

test('a second outage is another one', () => {
  expect(words(30, (at) => at === 3 || at === 10)).toEqual([
    ...['3 alarm', '4 allClear', '10 alarm', '11 allClear'],
  ]);
});

test('a word that did not get through is said until it does', () => {
  expect(
    words(
      20,
      (at) => at < 10,
      (at) => at === 4 || at >= 12,
    ),
  ).toEqual(['4 alarm', '12 allClear']);
});

test('of an outage that nobody heard of nobody hears the end', () => {
  expect(
    words(
      20,
      (at) => at < 10,
      () => false,
    ),
  ).toEqual([]);
});
