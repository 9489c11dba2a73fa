import fc from 'fast-check';
import { calendarSchema, makeCalendar } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import { DAY, HOUR, MINUTE, fromIso, toIso } from './time.ts';
import type { Instant, Milliseconds } from './time.ts';

type Week = Record<string, readonly string[]>;

function calendar(timeZone: string, week: Week, holidays: readonly string[] = []): Calendar {
  return makeCalendar('test', calendarSchema.parse({ timeZone, week, holidays }));
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function everyDay(...segments: string[]): Week {
  return Object.fromEntries(DAYS.map((day) => [day, segments]));
}

const OFFICE: Week = { ...everyDay('08:00-12:00', '13:00-17:00'), saturday: [], sunday: [] };

const iso = (at: Instant) => toIso(at).slice(0, 16) + 'Z';

describe('a deadline in office hours (Europe/Berlin, 8–12 and 13–17, Monday to Friday)', () => {
  const office = calendar('Europe/Berlin', OFFICE, ['2026-05-01', '12-25']);

  test.each<[rule: string, from: string, open: Milliseconds, deadline: string]>([
    ['falls in the same segment', '2026-06-01T06:30Z', HOUR, '2026-06-01T07:30Z'],
    ['jumps the lunch break', '2026-06-01T09:30Z', HOUR, '2026-06-01T11:30Z'],
    ['waits for the opening', '2026-06-01T03:00Z', HOUR, '2026-06-01T07:00Z'],
    ['waits through the break', '2026-06-01T10:15Z', HOUR, '2026-06-01T12:00Z'],
    ['is the closing time when used up then', '2026-06-01T06:00Z', 8 * HOUR, '2026-06-01T15:00Z'],
    ['is the start of lunch when used up then', '2026-06-01T06:00Z', 4 * HOUR, '2026-06-01T10:00Z'],
    ['goes on next morning', '2026-06-01T06:00Z', 8 * HOUR + 1, '2026-06-02T06:00Z'],
    ['jumps the weekend', '2026-06-05T14:00Z', 2 * HOUR, '2026-06-08T07:00Z'],
    ['jumps a holiday and the weekend', '2026-04-30T14:00Z', 2 * HOUR, '2026-05-04T07:00Z'],
    ['jumps a holiday of every year', '2028-12-22T15:00Z', 8 * HOUR, '2028-12-26T15:00Z'],
    ['is the start when nothing is to add', '2026-06-06T12:00Z', 0, '2026-06-06T12:00Z'],
  ])('%s', (_rule, from, open, deadline) => {
    expect(iso(office.add(fromIso(from), open))).toBe(deadline);
  });

  test('opens with the first millisecond of a segment and is closed at its end', () => {
    const opening = fromIso('2026-06-01T06:00Z');
    const closing = fromIso('2026-06-01T15:00Z');
    expect([opening - 1, opening, closing - 1, closing].map(office.isOpen)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('opens next now when it is open, and at the next segment when it is closing', () => {
    expect(iso(office.nextOpen(fromIso('2026-06-01T06:07Z')))).toBe('2026-06-01T06:07Z');
    expect(iso(office.nextOpen(fromIso('2026-06-01T10:00Z')))).toBe('2026-06-01T11:00Z');
    expect(iso(office.nextOpen(fromIso('2026-06-05T15:00Z')))).toBe('2026-06-08T06:00Z');
  });

  test('a full year has its working days and no more', () => {
    const year = office.between(fromIso('2025-12-31T23:00Z'), fromIso('2026-12-31T23:00Z'));
    expect(year / (8 * HOUR)).toBe(261 - 2);
  });

  test('no time passes backwards', () => {
    expect(office.between(fromIso('2026-06-02T08:00Z'), fromIso('2026-06-01T08:00Z'))).toBe(0);
  });
});

describe('24×7', () => {
  test('is plain arithmetic', () => {
    const always = makeCalendar('24×7', calendarSchema.parse({ always: true }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.nat(1e10), (from, open) => {
        expect(always.isOpen(from)).toBe(true);
        expect(always.nextOpen(from)).toBe(from);
        expect(always.add(from, open)).toBe(from + open);
        expect(always.between(from, from + open)).toBe(open);
        expect(always.between(from + open, from)).toBe(0);
        expect(always.openings(from, from + open)).toEqual(
          open === 0 ? [] : [{ start: from, end: from + open }],
        );
      }),
    );
  });

  test('equals a week open from 00:00 to 24:00, whatever the clocks do', () => {
    const whole = calendar('Europe/Berlin', everyDay('00:00-24:00'));
    const from = fromIso('2026-01-01T00:00Z');
    expect(whole.between(from, from + 365 * DAY)).toBe(365 * DAY);
    expect(whole.add(from, 300 * DAY)).toBe(from + 300 * DAY);
  });
});

/** A local date as [from, to) in UTC, and where its one segment lies in it. */
type ClockChange = [
  rule: string,
  zone: string,
  segment: string,
  date: [from: string, to: string],
  opening: [from: string, to: string] | 'closed',
];

const BERLIN_SPRING: [string, string] = ['2026-03-28T23:00Z', '2026-03-29T22:00Z'];
const BERLIN_AUTUMN: [string, string] = ['2026-10-24T22:00Z', '2026-10-25T23:00Z'];
const HOWE_SPRING: [string, string] = ['2026-10-03T13:30Z', '2026-10-04T13:00Z'];
const HOWE_AUTUMN: [string, string] = ['2026-04-04T13:00Z', '2026-04-05T13:30Z'];

describe('on the date of a clock change', () => {
  test.each<ClockChange>([
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z.
    [
      'a segment over the gap loses an hour',
      'Europe/Berlin',
      '01:00-04:00',
      BERLIN_SPRING,
      ['2026-03-29T00:00Z', '2026-03-29T02:00Z'],
    ],
    [
      'an opening at 02:30 in the gap becomes the change',
      'Europe/Berlin',
      '02:30-04:00',
      BERLIN_SPRING,
      ['2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ],
    [
      'a closing at 02:30 in the gap becomes the change',
      'Europe/Berlin',
      '01:00-02:30',
      BERLIN_SPRING,
      ['2026-03-29T00:00Z', '2026-03-29T01:00Z'],
    ],
    ['a segment inside the gap is lost', 'Europe/Berlin', '02:10-02:50', BERLIN_SPRING, 'closed'],
    // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00Z.
    [
      'a segment over the overlap gains an hour',
      'Europe/Berlin',
      '01:00-04:00',
      BERLIN_AUTUMN,
      ['2026-10-24T23:00Z', '2026-10-25T03:00Z'],
    ],
    // Lord Howe, 4 October 2026: 02:00 becomes 02:30 at 15:30Z; 5 April: 02:00 becomes 01:30 at 15:00Z.
    [
      'a gap of half an hour costs half an hour',
      'Australia/Lord_Howe',
      '01:00-03:00',
      HOWE_SPRING,
      ['2026-10-03T14:30Z', '2026-10-03T16:00Z'],
    ],
    [
      'an opening at 02:15 in that gap becomes the change',
      'Australia/Lord_Howe',
      '02:15-03:00',
      HOWE_SPRING,
      ['2026-10-03T15:30Z', '2026-10-03T16:00Z'],
    ],
    [
      'an overlap of half an hour gives half an hour',
      'Australia/Lord_Howe',
      '01:00-03:00',
      HOWE_AUTUMN,
      ['2026-04-04T14:00Z', '2026-04-04T16:30Z'],
    ],
    // Santiago, 6 September 2026: 00:00 becomes 01:00 at 04:00Z. Cairo, 24 April 2026: the same at 22:00Z.
    [
      'a day without midnight opens at its first minute (Santiago)',
      'America/Santiago',
      '00:00-02:00',
      ['2026-09-06T04:00Z', '2026-09-07T03:00Z'],
      ['2026-09-06T04:00Z', '2026-09-06T05:00Z'],
    ],
    [
      'a day without midnight opens at its first minute (Cairo)',
      'Africa/Cairo',
      '00:30-02:00',
      ['2026-04-23T22:00Z', '2026-04-24T21:00Z'],
      ['2026-04-23T22:00Z', '2026-04-23T23:00Z'],
    ],
  ])('%s', (_rule, zone, segment, [from, to], opening) => {
    const subject = calendar(zone, everyDay(segment));
    const [opens, closes] = opening === 'closed' ? [to, to] : opening;
    const length = fromIso(closes) - fromIso(opens);
    expect(subject.between(fromIso(from), fromIso(to))).toBe(length);
    if (opening === 'closed') return;
    expect(iso(subject.nextOpen(fromIso(from)))).toBe(opens);
    expect(iso(subject.add(fromIso(from), length))).toBe(closes);
  });

  test.each([
    ['02:00-02:30', ['2026-10-25T00:00Z', '2026-10-25T01:00Z']],
    ['02:30-03:00', ['2026-10-25T00:30Z', '2026-10-25T01:30Z']],
  ])('%s in the Berlin overlap opens twice, half an hour each', (segment, openings) => {
    const subject = calendar('Europe/Berlin', everyDay(segment));
    const [from, to] = [fromIso(BERLIN_AUTUMN[0]), fromIso(BERLIN_AUTUMN[1])];
    const change = fromIso('2026-10-25T01:00Z');
    expect(subject.between(from, to)).toBe(HOUR);
    expect([from, change].map(subject.nextOpen).map(iso)).toEqual(openings);
  });

  test('a working day after the change is as long as any other', () => {
    const office = calendar('Europe/Berlin', OFFICE);
    const friday = fromIso('2026-03-27T12:00Z');
    expect(iso(office.add(friday, 8 * HOUR))).toBe('2026-03-30T10:00Z');
    expect(iso(office.add(fromIso('2026-10-23T11:00Z'), 8 * HOUR))).toBe('2026-10-26T11:00Z');
  });

  test('a date that the zone skipped never opens (Apia had no 30 December 2011)', () => {
    const apia = calendar('Pacific/Apia', everyDay('09:00-10:00'));
    const friday = { friday: ['00:00-24:00'] };
    const change = fromIso('2011-12-30T10:00Z');
    expect(apia.between(change - DAY, change + DAY)).toBe(2 * HOUR);
    expect(iso(calendar('Pacific/Apia', friday).nextOpen(change - DAY))).toBe('2012-01-05T10:00Z');
  });

  test('a holiday that ends, returns and ends again is closed both times (St John’s, 00:01 to 23:01)', () => {
    const subject = calendar('America/St_Johns', everyDay('00:00-24:00'), ['2010-11-06']);
    const midnight = fromIso('2010-11-07T02:30Z');
    expect(subject.between(midnight - 3 * HOUR, midnight + 3 * HOUR)).toBe(2 * HOUR + 1 * MINUTE);
    expect(subject.isOpen(midnight)).toBe(true);
    expect(subject.isOpen(midnight + MINUTE)).toBe(false);
  });
});

describe('holidays', () => {
  const noon = (date: string) => fromIso(`${date}T12:00Z`);
  const openAtNoon = (holidays: string[], dates: string[]) => {
    const subject = calendar('UTC', everyDay('00:00-24:00'), holidays);
    return dates.map((date) => subject.isOpen(noon(date)));
  };

  test('a date closes one year, a month and day every year', () => {
    const dates = ['2026-12-24', '2027-12-24', '2026-12-25', '2027-12-25'];
    expect(openAtNoon(['2026-12-24', '12-25'], dates)).toEqual([false, true, false, false]);
  });

  test('29 February closes leap years only, and no day in its stead', () => {
    const dates = ['2027-02-28', '2027-03-01', '2028-02-28', '2028-02-29', '2028-03-01'];
    expect(openAtNoon(['02-29'], dates)).toEqual([true, true, true, false, true]);
    expect(openAtNoon(['2028-02-29'], dates)).toEqual([true, true, true, false, true]);
  });

  test('a holiday is a local date: in Auckland it is over when it begins in Berlin', () => {
    const at = fromIso('2026-12-25T11:30Z');
    expect(calendar('Pacific/Auckland', everyDay('00:00-24:00'), ['12-25']).isOpen(at)).toBe(true);
    expect(calendar('Europe/Berlin', everyDay('00:00-24:00'), ['12-25']).isOpen(at)).toBe(false);
  });

  test('holidays that leave no day open end the search with an error that names the calendar', () => {
    const leapYear = Array.from({ length: 366 }, (_, day) =>
      toIso(fromIso('2028-01-01T00:00Z') + day * DAY).slice(5, 10),
    );
    const closed = calendar('UTC', everyDay('00:00-24:00'), leapYear);
    const refusal = new RangeError(
      'Calendar "test" does not open within 20 years after 2026-06-01T00:00:00.000Z; shorten its holidays',
    );
    const from = fromIso('2026-06-01T00:00Z');
    expect(() => closed.nextOpen(from)).toThrow(refusal);
    expect(() => closed.add(from, HOUR)).toThrow(refusal);
    expect(closed.between(from, from + 100 * DAY)).toBe(0);
  });
});

/**
 * The rule read off a clock on the wall: Intl writes the local date and time, and nothing here
 * knows of offsets. `sv-SE` writes `2026-03-29 02:30`, which compares as text.
 */
function wallClock(timeZone: string, week: Week, holidays: readonly string[]) {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return (at: Instant): boolean => {
    const [date = '', time = ''] = format.format(at).split(' ');
    if (holidays.includes(date) || holidays.includes(date.slice(5))) return false;
    const segments = week[DAYS[new Date(date).getUTCDay()] ?? ''] ?? [];
    return segments.some((segment) => {
      const [opens = '', closes = ''] = segment.split('-');
      return opens <= time && time < closes;
    });
  };
}

describe('whatever the calendar, the zone and the season', () => {
  /** Zones with an instant at or near which something odd happens. */
  const ODD_TIMES: readonly (readonly [zone: string, at: string])[] = [
    ['Europe/Berlin', '2026-03-29T01:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['America/Santiago', '2026-04-05T03:00Z'],
    ['America/Santiago', '2026-09-06T04:00Z'],
    ['Africa/Cairo', '2026-04-23T22:00Z'],
    ['Africa/Cairo', '2026-10-29T21:00Z'],
    ['Africa/Casablanca', '2026-02-15T02:00Z'],
    ['America/St_Johns', '2010-11-07T02:31Z'],
    ['Pacific/Apia', '2011-12-30T10:00Z'],
    ['Asia/Kathmandu', '1985-12-31T18:30Z'],
    ['Asia/Kolkata', '2028-02-29T00:00Z'],
    ['UTC', '1970-01-01T00:00Z'],
  ];

  const hhmm = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

  /** Up to five segments in order, apart or touching; quarter hours meet the clock changes and midnight often. */
  const segments = fc
    .tuple(
      fc.uniqueArray(
        fc.oneof(
          fc.nat(1440),
          fc.nat(96).map((quarter) => quarter * 15),
        ),
        {
          minLength: 2,
          maxLength: 6,
        },
      ),
      fc.constantFrom(1, 2),
    )
    .map(([minutes, step]) => {
      minutes.sort((a, b) => a - b);
      return minutes
        .slice(1)
        .map((closes, index) => `${hhmm(minutes[index] ?? 0)}-${hhmm(closes)}`)
        .filter((_segment, index) => index % step === 0);
    });

  const closedOr = fc.option(segments, { nil: [], freq: 2 });
  const weeks = fc.record<Week>({
    ...Object.fromEntries(DAYS.map((day) => [day, closedOr])),
    wednesday: segments,
  });

  const scenarios = fc
    .record({
      odd: fc.constantFrom(...ODD_TIMES),
      week: weeks,
      daysOff: fc.uniqueArray(fc.integer({ min: -3, max: 3 }), { maxLength: 2 }),
      everyYear: fc.boolean(),
      minutesAway: fc.integer({ min: (-3 * DAY) / MINUTE, max: (3 * DAY) / MINUTE }),
    })
    .map(({ odd: [zone, at], week, daysOff, everyYear, minutesAway }) => {
      const holidays = daysOff.map((days) =>
        toIso(fromIso(at) + days * DAY).slice(everyYear ? 5 : 0, 10),
      );
      return { zone, week, holidays, from: fromIso(at) + minutesAway * MINUTE };
    });

  const openTime = fc.oneof(fc.nat(HOUR), fc.nat(100 * HOUR));
  const subjectOf = ({ zone, week, holidays }: Scenario) => calendar(zone, week, holidays);
  type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never;

  test('a deadline is the one found by stepping through the minutes with a clock', () => {
    const minutes = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1800 }));
    fc.assert(
      fc.property(scenarios, minutes, (scenario, open) => {
        const { zone, week, holidays, from } = scenario;
        const isOpen = wallClock(zone, week, holidays);
        const horizon = from + 10 * DAY;
        let at = from;
        for (let rest = open; rest > 0 && at < horizon; at += MINUTE) if (isOpen(at)) rest--;
        const deadline = subjectOf(scenario).add(from, open * MINUTE);
        expect(iso(Math.min(deadline, horizon))).toBe(iso(at));
      }),
      { numRuns: 300 },
    );
  });

  test('it is open, and opens next, when the clock says so', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const { zone, week, holidays, from } = scenario;
        const isOpen = wallClock(zone, week, holidays);
        const subject = subjectOf(scenario);
        let next = from;
        while (!isOpen(next) && next < from + 10 * DAY) next += MINUTE;
        expect(subject.isOpen(from)).toBe(isOpen(from));
        expect(iso(Math.min(subject.nextOpen(from), from + 10 * DAY))).toBe(iso(next));
      }),
      { numRuns: 300 },
    );
  });

  test('open time is additive: between(a, b) + between(b, c) = between(a, c)', () => {
    fc.assert(
      fc.property(scenarios, fc.nat(9 * DAY), fc.nat(9 * DAY), (scenario, first, second) => {
        const subject = subjectOf(scenario);
        const [a, b, c] = [scenario.from, scenario.from + first, scenario.from + first + second];
        expect(subject.between(a, b) + subject.between(b, c)).toBe(subject.between(a, c));
      }),
    );
  });

  test('the open stretches are those that it is open in, apart from each other and as long as the open time', () => {
    fc.assert(
      fc.property(scenarios, fc.nat(9 * DAY), (scenario, length) => {
        const subject = subjectOf(scenario);
        const [from, to] = [scenario.from, scenario.from + length];
        const stretches = subject.openings(from, to);
        const total = stretches.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(total).toBe(subject.between(from, to));
        stretches.forEach(({ start, end }, index) => {
          expect([start, end - 1].map(subject.isOpen)).toEqual([true, true]);
          expect(start).toBeGreaterThan(stretches[index - 1]?.end ?? from - 1);
        });
      }),
    );
  });

  test('a deadline is never in the past, and the open time up to it is what was added', () => {
    fc.assert(
      fc.property(scenarios, openTime, (scenario, open) => {
        const subject = subjectOf(scenario);
        const deadline = subject.add(scenario.from, open);
        expect(deadline).toBeGreaterThanOrEqual(scenario.from + open);
        expect(subject.between(scenario.from, deadline)).toBe(open);
      }),
    );
  });

  test('the instant before a deadline is open: it could not be earlier', () => {
    fc.assert(
      fc.property(scenarios, openTime, (scenario, open) => {
        const subject = subjectOf(scenario);
        expect(subject.isOpen(subject.add(scenario.from, open + 1) - 1)).toBe(true);
      }),
    );
  });

  test('a later start or more open time never makes an earlier deadline', () => {
    fc.assert(
      fc.property(scenarios, openTime, fc.nat(9 * DAY), openTime, (scenario, open, later, more) => {
        const subject = subjectOf(scenario);
        const deadline = subject.add(scenario.from, open);
        expect(subject.add(scenario.from + later, open)).toBeGreaterThanOrEqual(deadline);
        expect(subject.add(scenario.from, open + more)).toBeGreaterThanOrEqual(deadline);
      }),
    );
  });

  test('adding in two steps is adding at once', () => {
    fc.assert(
      fc.property(scenarios, openTime, openTime, (scenario, first, second) => {
        const subject = subjectOf(scenario);
        const twice = subject.add(subject.add(scenario.from, first), second);
        expect(twice).toBe(subject.add(scenario.from, first + second));
      }),
    );
  });

  test('an answer does not depend on what was asked before', () => {
    fc.assert(
      fc.property(scenarios, openTime, fc.integer({ min: -9, max: 9 }), (scenario, open, days) => {
        const asked = subjectOf(scenario);
        asked.isOpen(scenario.from + days * DAY);
        expect(asked.add(scenario.from, open)).toBe(subjectOf(scenario).add(scenario.from, open));
      }),
      { numRuns: 1000 },
    );
  });

  test('a calendar that has forgotten its first days works them out again', () => {
    const office = calendar('Europe/Berlin', OFFICE);
    const from = fromIso('2026-06-01T00:00Z');
    const before = office.add(from, 20 * HOUR);
    const years = office.between(from - 4000 * DAY, from + 4000 * DAY);
    expect(office.add(from, 20 * HOUR)).toBe(before);
    expect(office.between(from - 4000 * DAY, from + 4000 * DAY)).toBe(years);
  });
});

describe('a definition is refused', () => {
  const good = { timeZone: 'Europe/Berlin', week: { monday: ['08:00-12:00'] } };
  const monday = (...segments: unknown[]) => ({ ...good, week: { monday: segments } });

  const refusals = (definition: unknown) =>
    calendarSchema
      .safeParse(definition)
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  test.each<[rule: string, definition: unknown, message: string]>([
    [
      'without a zone',
      { week: good.week },
      'timeZone: name the time zone, such as "Europe/Berlin" (or write always: true, and no more)',
    ],
    [
      'with an unknown zone',
      { ...good, timeZone: 'Europe/Berlinn' },
      'timeZone: "Europe/Berlinn" is no IANA time zone; write one such as "Europe/Berlin"',
    ],
    [
      'with an offset for a zone',
      { ...good, timeZone: '+02:00' },
      'timeZone: "+02:00" is no IANA time zone; write one such as "Europe/Berlin"',
    ],
    [
      'without a week',
      { timeZone: 'UTC' },
      'week: give the segments of each open day, such as { monday: ["08:00-17:00"] }',
    ],
    [
      'when the week is empty',
      { ...good, week: {} },
      'week: never opens; give a day a segment, such as monday: ["08:00-17:00"]',
    ],
    [
      'when all its days are empty',
      monday(),
      'week: never opens; give a day a segment, such as monday: ["08:00-17:00"]',
    ],
    [
      'with a day that is none',
      { ...good, week: { ...good.week, mnday: ['08:00-12:00'] } },
      'week: no weekday: "mnday"; write "monday" to "sunday"',
    ],
    [
      'with a bare segment for a day',
      { ...good, week: { monday: '08:00-12:00' } },
      'week.monday: list the segments, such as ["08:00-12:00", "13:00-17:00"]',
    ],
    ...['8-12', '08:00–12:00', '08:60-12:00', '24:00-24:00', '08:00-24:01', '08:00-12:00 '].map(
      (segment): [string, unknown, string] => [
        `with "${segment}" for a segment`,
        monday(segment),
        `week.monday.0: "${segment}" is no segment; write "HH:MM-HH:MM", such as "08:00-12:00" or "13:00-24:00"`,
      ],
    ),
    [
      'with a segment over midnight',
      monday('08:00-12:00', '22:00-06:00'),
      'week.monday.1: "22:00-06:00" ends before it starts; write two, "22:00-24:00" and on the next day "00:00-06:00"',
    ],
    [
      'with a segment until 00:00',
      monday('22:00-00:00'),
      'week.monday.0: "22:00-00:00" ends before it starts; write "22:00-24:00"',
    ],
    [
      'with an empty segment',
      monday('09:00-09:00'),
      'week.monday.0: "09:00-09:00" is empty; delete it, or write "00:00-24:00"',
    ],
    [
      'with 00:00-00:00',
      monday('00:00-00:00'),
      'week.monday.0: "00:00-00:00" is empty; delete it, or write "00:00-24:00"',
    ],
    [
      'with segments that overlap',
      monday('08:00-12:00', '11:59-17:00'),
      `week.monday.1: "11:59-17:00" starts before "08:00-12:00" ends; list a day's segments in order, without overlap`,
    ],
    [
      'with segments out of order',
      monday('13:00-17:00', '08:00-12:00'),
      `week.monday.1: "08:00-12:00" starts before "13:00-17:00" ends; list a day's segments in order, without overlap`,
    ],
    ...['2026-02-29', '2026-02-30', '02-30', '13-01', '1-1', '25.12.2026', '2026-12-25T00:00'].map(
      (holiday): [string, unknown, string] => [
        `with "${holiday}" for a holiday`,
        { ...good, holidays: [holiday] },
        `holidays.0: "${holiday}" is no date; write one such as "2026-12-25", or "12-25" for every year`,
      ],
    ),
    [
      'with a holiday listed twice',
      { ...good, holidays: ['01-01', '2026-12-25', '01-01'] },
      'holidays.2: "01-01" is listed twice; delete one',
    ],
    [
      'with an unknown field',
      { ...good, holiday: [] },
      ': unknown "holiday"; a calendar has "timeZone", "week" and "holidays"',
    ],
    [
      'when it is always open and yet has hours',
      { ...good, always: true },
      ': a calendar that is always open has nothing else; remove "timeZone", "week" or "always"',
    ],
    [
      'when it is not always open but says so',
      { ...good, always: false },
      'always: a calendar has either "always": true, or "timeZone" and "week"',
    ],
    [
      'when it is no object',
      '24×7',
      ': a calendar has either "always": true, or "timeZone" and "week"',
    ],
  ])('%s', (_rule, definition, message) => {
    expect(refusals(definition)).toEqual([message]);
  });

  test('but not for segments that touch, a last minute of 24:00 or a leap day', () => {
    const definition = { ...monday('00:00-12:00', '12:00-24:00'), holidays: ['02-29'] };
    expect(calendarSchema.parse(definition)).toEqual(definition);
  });

  test('but not for want of holidays', () => {
    expect(calendarSchema.parse(good)).toEqual({ ...good, holidays: [] });
  });
});
