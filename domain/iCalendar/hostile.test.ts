import {
  bytes,
  calendar,
  event,
  file,
  faults,
  faultsIn,
  shiftsIn,
} from '../../test/helpers/iCalendar.ts';

const start = 'DTSTART:20260105T080000Z';
const hour = [start, 'DURATION:PT1H'];
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index).join(',');

describe('what is refused, and where', () => {
  test.each([
    ['no file at all', '', 1, 'BEGIN:VCALENDAR'],
    [
      'a page instead of a calendar',
      '<html>\n<b>Sign in</b>',
      1,
      '"<html>" is no iCalendar property',
    ],
    ['a line that is none', 'BEGIN:VCALENDAR\nEND:VCALENDAR\noops', 3, '"oops"'],
    ['a file that is cut off', 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1', 2, 'has no END'],
    ['an END without its BEGIN', 'BEGIN:VCALENDAR\nEND:VEVENT', 2, 'has no BEGIN'],
    ['a cancellation', 'BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR', 2, 'METHOD:CANCEL'],
  ])('%s', (_name, text, line, reason) => {
    expect(faultsIn(bytes(text))).toEqual([
      { line, reason: expect.stringContaining(reason) as string },
    ]);
  });

  test('a file that is not UTF-8 is refused at the line', () => {
    const source = file(calendar(...event(...hour, 'SUMMARY:Bo Str?m')));
    source[source.indexOf('?'.charCodeAt(0))] = 0xf6;
    expect(faultsIn(source)).toEqual([
      { line: 7, reason: expect.stringContaining('UTF-8') as string },
    ]);
  });

  test.each([
    ['DTSTART:20260230T080000Z', 'no date or time'],
    ['DTSTART:20260105T250000Z', 'no date or time'],
    ['DTSTART:tomorrow', 'no date or time'],
    ['DTSTART:', 'no date or time'],
    ['DTSTART;VALUE=PERIOD:20260105T080000Z/PT1H', 'must be a DATE-TIME'],
    ['DTSTART;TZID=Mars/Olympus:20260105T080000', '"Mars/Olympus" is no time zone'],
    ['DTSTART;TZID="Europe/Berlin:20260105T080000', 'cannot be read'],
    ['DTSTART:20260105T080000Z,20260106T080000Z', 'must have one value'],
    ['DTSTART:20260105T080000Zulu', 'no date or time'],
  ])('%s', (line, reason) => {
    expect(faults('DURATION:PT1H', line)).toEqual([
      { line: 7, uid: '1', reason: expect.stringContaining(reason) as string },
    ]);
  });

  test.each([
    ['DTEND:20260105T080000Z', 'must end after it begins'],
    ['DTEND:20260104T080000Z', 'must end after it begins'],
    ['DTEND;VALUE=DATE:20260106', 'must both be dates'],
    ['DTEND:20460104T080000Z', 'longer than ten years'],
    ['DURATION:-PT1H', 'no duration'],
    ['DURATION:P', 'no duration'],
    ['DURATION:P99999999999999999999W', 'no duration'],
    ['DURATION:P99999W', 'longer than ten years'],
    ['X-NOTHING:no end', 'must end after it begins'],
  ])('%s', (line, reason) => {
    expect(faults(start, line)).toMatchObject([
      { uid: '1', reason: expect.stringContaining(reason) as string },
    ]);
  });

  test.each([
    ['RRULE:FREQ=OFTEN', 'cannot be read'],
    ['RRULE:COUNT=3', 'needs a FREQ'],
    ['RRULE:', 'needs a FREQ'],
    ['RRULE:FREQ=DAILY;INTERVAL=0', 'INTERVAL must be'],
    ['RRULE:FREQ=DAILY;INTERVAL=-1', 'INTERVAL must be'],
    ['RRULE:FREQ=DAILY;INTERVAL=1e9', 'INTERVAL must be'],
    ['RRULE:FREQ=DAILY;COUNT=many', 'cannot be read'],
    ['RRULE:FREQ=DAILY;BYHOUR=24', 'cannot be read'],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=0', 'BYMONTHDAY counts from 1'],
    ['RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260201T000000Z', 'COUNT and UNTIL'],
    ['RRULE:FREQ=DAILY;UNTIL=20260230T000000Z', 'no date or time'],
    ['RRULE:FREQ=WEEKLY;BYMONTHDAY=3', 'BYMONTHDAY MUST NOT'],
    ['RRULE:FREQ=DAILY;BYDAY=2MO', 'BYDAY with numeric value'],
    ['RRULE:FREQ=DAILY;BYSETPOS=1', 'BYSETPOS MUST'],
    ['RRULE:FREQ=YEARLY;RSCALE=HEBREW;SKIP=FORWARD', 'RSCALE is no part'],
    ['EXRULE:FREQ=WEEKLY', 'EXRULE is no longer in use'],
    ['EXDATE:', 'no date or time'],
    ['RDATE:20260105T080000Z/', 'no date or time'],
    ['RECURRENCE-ID;RANGE=THISANDPRIOR:20260105T080000Z', 'RANGE can only be'],
    ['DTSTART:20260106T080000Z', 'a second time'],
    ['DTEND:20260106T080000Z', 'DTEND or DURATION'],
  ])('%s', (line, reason) => {
    expect(faults(...hour, line)).toMatchObject([
      { uid: '1', reason: expect.stringContaining(reason) as string },
    ]);
  });

  test('the faults of all events are told at once, a hundred at most', () => {
    const bad = (uid: number) => event(`UID:${uid}`, 'DTSTART:never', 'DURATION:PT1H');
    const some = calendar(...bad(1), ...event('UID:2', ...hour), ...bad(3));
    expect(faultsIn(file(some)).map(({ uid, line }) => [uid, line])).toEqual([
      ['1', 6],
      ['3', 18],
    ]);
    const many = Array.from({ length: 500 }, (_, uid) => bad(uid)).flat();
    expect(faultsIn(file(calendar(...many)))).toHaveLength(100);
  });

  test('what a reason quotes is short and on one line', () => {
    const [fault] = faults(...hour, `SUMMARY:${'Dora\\n'.repeat(1_000)}`);
    expect(fault?.reason).toMatch(/^nobody is called "Dora .{1,60}…"$/);
  });
});

describe('what is meant to hang it', () => {
  const old = 'DTSTART:19700101T000000Z';

  test.each([
    ['FREQ=SECONDLY', 'FREQ=SECONDLY'],
    [
      'FREQ=DAILY;COUNT=50000;BYMONTHDAY=31;BYHOUR=1,2,3',
      'FREQ=DAILY;COUNT=50000;BYMONTHDAY=31;BYHOUR=1,2,3',
    ],
    ['FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30'],
    ['FREQ=SECONDLY;COUNT=999999999', 'FREQ=SECONDLY;COUNT=999999999'],
    ['FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30'],
    [
      'FREQ=DAILY;COUNT=999999999;BYMONTH=2;BYHOUR=1,2,3,4,5,6',
      'FREQ=DAILY;COUNT=999999999;BYMONTH=2;BYHOUR=1,2,3,4,5,6',
    ],
    [
      'every second of every day',
      `FREQ=DAILY;BYHOUR=${numbers(0, 23)};BYMINUTE=${numbers(0, 59)};BYSECOND=${numbers(0, 59)}`,
    ],
    [
      'the last second of the year, by counting them all',
      `FREQ=YEARLY;BYYEARDAY=${numbers(1, 366)};BYHOUR=${numbers(0, 23)};BYMINUTE=${numbers(0, 59)};BYSECOND=${numbers(0, 59)};BYSETPOS=-1`,
    ],
  ])('%s is refused', (_name, rule) => {
    expect(faults(old, 'DURATION:PT1H', `RRULE:${rule}`)).toEqual([
      { line: 8, uid: '1', reason: expect.stringContaining('too many dates') as string },
    ]);
  });

  test.each([
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 0],
    ['FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30', 0],
    ['FREQ=YEARLY;BYWEEKNO=1;BYYEARDAY=200', 0],
    ['FREQ=WEEKLY;INTERVAL=999999999', 0],
    ['FREQ=DAILY;UNTIL=99991231T235959Z', 365],
    ['FREQ=HOURLY;BYHOUR=9', 365],
  ])('%s ends', (rule, count) => {
    expect(shiftsIn(file(calendar(...event(old, 'DURATION:PT1H', `RRULE:${rule}`))))).toHaveLength(
      count,
    );
  });

  test('a rule that begins in the year 1 costs no more than one that begins now', () => {
    const ancient = ['DTSTART:00010101T080000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY'];
    expect(shiftsIn(file(calendar(...event(...ancient))))).toHaveLength(365);
  });

  test('many rules that are harmless one by one are refused together, in one sentence', () => {
    const daily = (uid: number) => event(`UID:${uid}`, ...hour, 'RRULE:FREQ=DAILY');
    const lines = calendar(...Array.from({ length: 1_000 }, (_, uid) => daily(uid)).flat());
    expect(faultsIn(file(lines))).toMatchObject([
      { reason: expect.stringContaining('too many dates') as string },
    ]);
  });

  test('a file full of dates ends', () => {
    const dates = Array.from({ length: 110_000 }, () => '20260105T080000Z').join(',');
    const source = file(calendar(...event(...hour, `RDATE:${dates}`)));
    expect(shiftsIn(source)).toEqual(['anna 01-05T08:00/01-05T09:00']);
  });

  test('ten thousand events are taken, one more is refused at its line', () => {
    const many = (count: number) =>
      file(
        calendar(...Array.from({ length: count }, (_, uid) => event(`UID:${uid}`, ...hour)).flat()),
      );
    expect(shiftsIn(many(10_000))).toHaveLength(10_000);
    expect(faultsIn(many(10_001))).toEqual([
      { line: 60_003, reason: 'the file has 10001 events; at most 10,000 are taken' },
    ]);
  });

  test('more than 2 MiB are refused', () => {
    expect(faultsIn(new Uint8Array(2 * 1024 * 1024 + 1))).toEqual([
      { line: 1, reason: 'the file is larger than 2 MiB' },
    ]);
  });

  test.each([
    ['nothing but folds', bytes(`BEGIN:VCALENDAR\n${' \n'.repeat(1_000_000)}END:VCALENDAR`)],
    ['nothing but empty lines', bytes('\n'.repeat(2_000_000))],
    ['nothing but NUL', new Uint8Array(2_000_000)],
    ['components in components', bytes('BEGIN:X\n'.repeat(200_000))],
    [
      'one long parameter',
      bytes(`BEGIN:VCALENDAR\nMETHOD;${'A="'.repeat(600_000)}:x\nEND:VCALENDAR`),
    ],
    [
      'names of what every object has',
      file(
        calendar(
          ...event(
            ...hour,
            '__proto__:1',
            'constructor:1',
            'ATTENDEE;__proto__=1;constructor=2:mailto:nobody',
            'RRULE:FREQ=DAILY;__proto__=1;constructor=2',
          ),
        ),
      ),
    ],
  ])('%s is answered with its fault', (_name, source) => {
    expect(faultsIn(source).length).toBeLessThan(2);
  });
});
