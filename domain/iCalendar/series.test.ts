import {
  calendar,
  event,
  faultsIn,
  file,
  read,
  shifts,
  shiftsIn,
} from '../../test/helpers/iCalendar.ts';
import { fromIso } from '../time.ts';

describe('series', () => {
  const night = [
    'DTSTART;TZID=Europe/Stockholm:20260105T180000',
    'DTEND;TZID=Europe/Stockholm:20260106T080000',
  ];
  const starts = (...lines: string[]) => shifts(...lines).map((shift) => shift.slice(5, 16));
  const series = (...parts: (readonly string[])[]) => shiftsIn(file(calendar(...parts.flat())));

  test('a shift begins and ends at the same time of day, across both changes of clocks: no gap, no overlap', () => {
    const weeks = (uid: string, monday: string, who: string) =>
      event(
        `UID:${uid}`,
        `SUMMARY:${who}`,
        `DTSTART;TZID=Europe/Stockholm:${monday}T090000`,
        'DURATION:P1W',
        'RRULE:FREQ=WEEKLY;INTERVAL=2',
      );
    const byEnd = (uid: string, from: string, to: string, who: string) =>
      event(
        `UID:${uid}`,
        `SUMMARY:${who}`,
        `DTSTART;TZID=Europe/Stockholm:${from}T090000`,
        `DTEND;TZID=Europe/Stockholm:${to}T090000`,
        'RRULE:FREQ=WEEKLY;INTERVAL=2',
      );
    const result = read(
      file(
        calendar(...weeks('a', '20260105', 'anna'), ...byEnd('b', '20260112', '20260119', 'bo')),
      ),
    );
    const found = result.ok ? result.shifts : [];
    expect(found).toHaveLength(52);
    expect(found.slice(1).map(({ from }) => from)).toEqual(found.slice(0, -1).map(({ to }) => to));
    expect(found.map(({ person }) => person)).toEqual(
      found.map((_, index) => (index % 2 ? 'bo' : 'anna')),
    );
  });

  test('a start in the hour that is skipped comes after the gap, and one in the hour that is repeated comes the first time', () => {
    const daily = (date: string) =>
      shifts(
        `DTSTART;TZID=Europe/Stockholm:${date}T023000`,
        `DTEND;TZID=Europe/Stockholm:${date}T060000`,
        'RRULE:FREQ=DAILY;COUNT=3',
      );
    expect(daily('20260328')).toEqual([
      'anna 03-28T01:30/03-28T05:00',
      'anna 03-29T01:30/03-29T04:00',
      'anna 03-30T00:30/03-30T04:00',
    ]);
    expect(daily('20261024')).toEqual([
      'anna 10-24T00:30/10-24T04:00',
      'anna 10-25T00:30/10-25T05:00',
      'anna 10-26T01:30/10-26T05:00',
    ]);
  });

  // Days of RFC 5545 §3.8.5.3 and of the rules that ical.js cannot follow.
  test.each([
    ['FREQ=MONTHLY;COUNT=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2', ['01-05', '01-29', '02-26', '03-30']],
    ['FREQ=MONTHLY;COUNT=3;BYMONTHDAY=1,-1', ['01-05', '01-31', '02-01']],
    ['FREQ=MONTHLY;COUNT=4;BYMONTHDAY=31', ['01-05', '01-31', '03-31', '05-31']],
    ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', ['01-05', '05-11']],
    ['FREQ=YEARLY;BYWEEKNO=-1', ['01-05', '12-28']],
    ['FREQ=YEARLY;BYYEARDAY=5,-1', ['01-05', '12-31']],
    ['FREQ=YEARLY;BYMONTH=6,7;BYDAY=FR;BYMONTHDAY=13,17', ['01-05', '07-17']],
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', ['01-05', '01-06', '01-11', '01-20']],
    ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', ['01-05', '01-06', '01-18', '01-20']],
    ['FREQ=DAILY;INTERVAL=10;UNTIL=20260125T080000Z', ['01-05', '01-15', '01-25']],
    ['FREQ=DAILY;INTERVAL=10;UNTIL=20260125T075959Z', ['01-05', '01-15']],
    ['FREQ=DAILY;INTERVAL=10;UNTIL=20260125', ['01-05', '01-15', '01-25']],
  ])('%s', (rule, days) => {
    expect(starts('DTSTART:20260105T080000Z', 'DURATION:PT1H', `RRULE:${rule}`)).toEqual(
      days.map((day) => `${day}T08:00`),
    );
  });

  test.each([
    ['FREQ=HOURLY;INTERVAL=3;COUNT=3', ['08:00', '11:00', '14:00']],
    ['FREQ=DAILY;COUNT=4;BYHOUR=9,10;BYMINUTE=0,30', ['08:00', '09:00', '09:30', '10:00']],
    ['FREQ=MINUTELY;INTERVAL=90;COUNT=3', ['08:00', '09:30', '11:00']],
    ['FREQ=SECONDLY;INTERVAL=5400;COUNT=3', ['08:00', '09:30', '11:00']],
  ])('%s', (rule, times) => {
    expect(starts('DTSTART:20260105T080000Z', 'DURATION:PT1M', `RRULE:${rule}`)).toEqual(
      times.map((time) => `01-05T${time}`),
    );
  });

  test('UNTIL in UTC ends a series of local times, or of days, at that instant', () => {
    expect(starts(...night, 'RRULE:FREQ=DAILY;UNTIL=20260107T170000Z')).toHaveLength(3);
    expect(starts(...night, 'RRULE:FREQ=DAILY;UNTIL=20260107T165959Z')).toHaveLength(2);
    expect(starts('DTSTART;VALUE=DATE:20260105', 'RRULE:FREQ=DAILY;UNTIL=20260107')).toHaveLength(
      3,
    );
    expect(
      starts('DTSTART;VALUE=DATE:20260105', 'RRULE:FREQ=DAILY;UNTIL=20260106T230000Z'),
    ).toHaveLength(3);
  });

  test('dates are added, with an end of their own if they have one, and taken away in any zone', () => {
    const added = [
      'RDATE:20260110T170000Z,20260112T170000Z',
      'RDATE;VALUE=PERIOD:20260115T170000Z/PT2H,20260116T170000Z/20260116T180000Z',
      'RDATE;VALUE=DATE:20260118',
    ];
    const removed = ['EXDATE;TZID=America/New_York:20260106T120000', 'EXDATE;VALUE=DATE:20260112'];
    expect(shifts(...night, 'RRULE:FREQ=DAILY;COUNT=3', ...added, ...removed)).toEqual([
      'anna 01-05T17:00/01-06T07:00',
      'anna 01-07T17:00/01-08T07:00',
      'anna 01-10T17:00/01-11T07:00',
      'anna 01-15T17:00/01-15T19:00',
      'anna 01-16T17:00/01-16T18:00',
      'anna 01-18T17:00/01-19T07:00',
    ]);
  });

  test('an event that is cancelled is no shift, nor is any instance of a series that is', () => {
    expect(shifts(...night, 'STATUS:CANCELLED')).toEqual([]);
    expect(shifts(...night, 'STATUS:cancelled', 'RRULE:FREQ=DAILY')).toEqual([]);
  });

  const daily = event(...night, 'RRULE:FREQ=DAILY;COUNT=4');
  const changed = (id: string, ...lines: string[]) => event(`RECURRENCE-ID${id}`, ...lines);

  test('an instance is moved and given to somebody else, another is cancelled; the others stay', () => {
    const moved = changed(
      ';TZID=Europe/Stockholm:20260106T180000',
      'SUMMARY:bo',
      'DTSTART:20260106T200000Z',
      'DURATION:PT1H',
    );
    const cancelled = changed(':20260107T170000Z', ...night, 'STATUS:CANCELLED');
    expect(series(daily, moved, cancelled)).toEqual([
      'anna 01-05T17:00/01-06T07:00',
      'bo 01-06T20:00/01-06T21:00',
      'anna 01-08T17:00/01-09T07:00',
    ]);
    expect(series(cancelled, moved, daily)).toEqual(series(daily, moved, cancelled));
  });

  test('an instance that is moved into the window, or out of it, is seen where it went', () => {
    const window = { from: fromIso('2026-03-01T00:00Z'), to: fromIso('2026-03-02T00:00Z') };
    const into = changed(':20260106T170000Z', 'DTSTART:20260301T100000Z', 'DURATION:PT1H');
    const endless = event(...night, 'RRULE:FREQ=DAILY');
    const away = changed(':20260301T170000Z', 'DTSTART:20260401T100000Z', 'DURATION:PT1H');
    expect(shiftsIn(file(calendar(...endless, ...into, ...away)), { window })).toEqual([
      'anna 02-28T17:00/03-01T07:00',
      'anna 03-01T10:00/03-01T11:00',
    ]);
  });

  test('RANGE=THISANDFUTURE moves those that follow as well, on the wall clock, until the next change', () => {
    const from = changed(
      ';RANGE=THISANDFUTURE:20260106T170000Z',
      'SUMMARY:bo',
      'DTSTART:20260106T190000Z',
      'DURATION:PT1H',
    );
    const single = changed(
      ':20260107T170000Z',
      'SUMMARY:cy',
      'DTSTART:20260107T080000Z',
      'DURATION:PT1H',
    );
    expect(series(daily, from, single)).toEqual([
      'anna 01-05T17:00/01-06T07:00',
      'bo 01-06T19:00/01-06T20:00',
      'cy 01-07T08:00/01-07T09:00',
      'bo 01-08T19:00/01-08T20:00',
    ]);
    const end = changed(';RANGE=THISANDFUTURE:20260108T170000Z', ...night, 'STATUS:CANCELLED');
    expect(series(daily, from, end).map((shift) => shift.slice(0, 8))).toEqual([
      'anna 01-',
      'bo 01-06',
      'bo 01-07',
    ]);
  });

  test('of all-day events an instance is named by its date', () => {
    const days = event(
      'DTSTART;VALUE=DATE:20260105',
      'RRULE:FREQ=DAILY;COUNT=3',
      'EXDATE;VALUE=DATE:20260107',
    );
    const given = changed(';VALUE=DATE:20260106', 'SUMMARY:bo', 'DTSTART;VALUE=DATE:20260106');
    expect(series(days, given)).toEqual([
      'anna 01-04T23:00/01-05T23:00',
      'bo 01-05T23:00/01-06T23:00',
    ]);
  });

  test('a change whose series is not in the file stands for itself', () => {
    expect(series(changed(':20260106T170000Z', ...night))).toEqual([
      'anna 01-05T17:00/01-06T07:00',
    ]);
  });

  test('of two versions of an event the later one counts; two of one version are refused', () => {
    const other = (sequence: number) =>
      event('DTSTART:20260301T100000Z', 'DURATION:PT1H', `SEQUENCE:${sequence}`);
    expect(series(other(2), daily)).toEqual(['anna 03-01T10:00/03-01T11:00']);
    expect(faultsIn(file(calendar(...daily, ...other(0))))).toEqual([
      { line: 10, uid: '1', reason: 'another event has the same UID and the same SEQUENCE' },
    ]);
  });

  test('a shift that touches the window is told whole; one that only borders on it is not told', () => {
    const window = { from: fromIso('2026-01-06T07:00Z'), to: fromIso('2026-01-07T17:00Z') };
    expect(shiftsIn(file(calendar(...daily)), { window })).toEqual([
      'anna 01-06T17:00/01-07T07:00',
    ]);
    const wider = { from: window.from - 1, to: window.to + 1 };
    expect(shiftsIn(file(calendar(...daily)), { window: wider })).toHaveLength(3);
  });
});
