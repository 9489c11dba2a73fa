import { onCallReport, onCallReportCsv } from './onCallReport.ts';
import type { OnCallFigures, PagedOrAnswered } from './onCallReport.ts';
import { wallClock } from './onCall/wallClock.ts';
import { DAY, fromIso, MINUTE } from './time.ts';

const utc = wallClock('UTC');
/** A Monday. */
const from = fromIso('2026-03-02T00:00:00Z');
const to = from + 28 * DAY;
const noon = fromIso('2026-03-02T12:00:00Z');

function paged(
  people: string,
  minutes = 0,
  { number = 'INC-1', escalation = 'INC-1/1/0', since = noon } = {},
): PagedOrAnswered {
  const what = { kind: 'paged', people: people.split(' '), escalation } as const;
  return { number, at: since + minutes * MINUTE, what };
}

function answered(person: string, minutes: number, number = 'INC-1'): PagedOrAnswered {
  return { number, at: noon + minutes * MINUTE, what: { kind: 'answered', person } };
}

function figures(person: string, ...events: PagedOrAnswered[]): OnCallFigures | undefined {
  return onCallReport(events, { from, to }, utc).people.find((one) => one.person === person);
}

test('without a page there is nobody in it, and all figures are nothing', () => {
  const { people, total } = onCallReport([], { from, to }, utc);
  expect(people).toEqual([]);
  expect(total).toEqual({
    ...{ pages: 0, nightPages: 0, weekendPages: 0, pagesPerWeek: 0 },
    acknowledge: { count: 0, medianMs: null, p90Ms: null },
    ...{ answeredByOthers: 0, unanswered: 0 },
  });
});

test('a page to two people counts for each of them, and twice in the total', () => {
  const { people, total } = onCallReport([paged('bob ann')], { from, to }, utc);
  expect(people.map(({ person, pages }) => [person, pages])).toEqual([
    ['ann', 1],
    ['bob', 1],
  ]);
  expect(total.pages).toBe(2);
});

test.each([
  ['2026-03-02T22:00:00+01:00', 1, 0],
  ['2026-03-02T21:59:59+01:00', 0, 0],
  ['2026-03-03T05:59:59+01:00', 1, 0],
  ['2026-03-03T06:00:00+01:00', 0, 0],
  ['2026-03-07T00:00:00+01:00', 1, 1],
  ['2026-03-06T23:59:59+01:00', 1, 0],
  ['2026-03-08T23:59:59+01:00', 1, 1],
  ['2026-03-09T00:00:00+01:00', 1, 0],
  // Summer time: at 06:00 of the wall it is 04:00 in UTC.
  ['2026-03-29T06:00:00+02:00', 0, 1],
])('nights and weekends are those of the clock on the wall: %s', (at, nightPages, weekendPages) => {
  const events = [paged('ann', 0, { since: fromIso(at) })];
  const { total } = onCallReport(events, { from, to }, wallClock('Europe/Berlin'));
  expect([total.nightPages, total.weekendPages]).toEqual([nightPages, weekendPages]);
});

test('pages a week are those of the whole period', () => {
  const events = Array.from({ length: 10 }, (_, n) => paged('ann', n));
  expect(figures('ann', ...events)?.pagesPerWeek).toBe(2.5);
});

test('a page counts from the first moment of the period up to, not with, its last', () => {
  const at = (since: number) => paged('ann', 0, { since });
  const events = [at(from - 1), at(from), at(to - 1), at(to)];
  expect(figures('ann', ...events)?.pages).toBe(2);
});

test('time to acknowledge runs from each page to the next answer of its person', () => {
  const answers = [answered('ann', 12), answered('ann', 30)];
  const found = figures('ann', paged('ann', 0), paged('ann', 10), ...answers);
  expect(found?.acknowledge).toEqual({ count: 2, medianMs: 7 * MINUTE, p90Ms: 11 * MINUTE });
  expect(found?.unanswered).toBe(0);
});

test('an answer after the period is one too', () => {
  const events = [paged('ann', 0), answered('ann', 60)];
  const { total } = onCallReport(events, { from, to: noon + MINUTE }, utc);
  expect(total.acknowledge.count).toBe(1);
});

test("somebody else's answer is no acknowledgement, and leaves nothing unanswered", () => {
  const events = [paged('ann bob'), answered('bob', 3)];
  expect(figures('ann', ...events)).toMatchObject({
    ...{ acknowledge: { count: 0, medianMs: null }, answeredByOthers: 1, unanswered: 0 },
  });
  expect(figures('bob', ...events)).toMatchObject({
    ...{ acknowledge: { count: 1, medianMs: 3 * MINUTE }, answeredByOthers: 0, unanswered: 0 },
  });
});

test('who answers after somebody else has acknowledged all the same', () => {
  const events = [paged('ann bob'), answered('bob', 3), answered('ann', 5)];
  expect(figures('ann', ...events)).toMatchObject({
    ...{ acknowledge: { count: 1, medianMs: 5 * MINUTE }, answeredByOthers: 0 },
  });
});

test('an answer to a later escalation is none to the pages before it', () => {
  const later = paged('ann', 600, { escalation: 'INC-1/9/0' });
  expect(figures('ann', paged('ann', 0), later, answered('ann', 601))).toMatchObject({
    ...{ pages: 2, acknowledge: { count: 1, medianMs: MINUTE }, unanswered: 1 },
  });
});

test('an answer to another record is none', () => {
  const other = { number: 'INC-2', escalation: 'INC-2/1/0' };
  const events = [paged('ann', 0), paged('bob', 0, other), answered('ann', 5, 'INC-2')];
  expect(figures('ann', ...events)).toMatchObject({ pages: 1, unanswered: 1 });
});

test('the CSV has a line a person, and a name is no formula', () => {
  const csv = onCallReportCsv(onCallReport([paged('ann'), paged('=bob')], { from, to }, utc));
  expect(csv.split('\r\n')).toEqual([
    'person,pages,nightPages,weekendPages,pagesPerWeek,acknowledge.count,acknowledge.medianMs,acknowledge.p90Ms,answeredByOthers,unanswered',
    "'=bob,1,0,0,0.25,0,,,0,1",
    'ann,1,0,0,0.25,0,,,0,1',
    '',
  ]);
});
