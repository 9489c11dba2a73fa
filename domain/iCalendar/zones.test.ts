import { calendar, event, faultsIn, file, shiftsIn } from '../../test/helpers/iCalendar.ts';
import { fromIso } from '../time.ts';

describe('zones that the file defines', () => {
  const zone = (tzid: string, ...observances: string[]) => [
    'BEGIN:VTIMEZONE',
    `TZID:${tzid}`,
    ...observances,
    'END:VTIMEZONE',
  ];
  const observance = (kind: string, from: string, to: string, ...lines: string[]) => [
    `BEGIN:${kind}`,
    `TZOFFSETFROM:${from}`,
    `TZOFFSETTO:${to}`,
    ...lines,
    `END:${kind}`,
  ];
  const central = (tzid: string) =>
    zone(
      tzid,
      ...observance(
        'STANDARD',
        '+0200',
        '+0100',
        'DTSTART:16010101T030000',
        'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
      ),
      ...observance(
        'DAYLIGHT',
        '+0100',
        '+0200',
        'DTSTART:16010101T020000',
        'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
      ),
    );
  const weekly = (tzid: string, time = '023000') =>
    event(
      `DTSTART;TZID=${tzid}:20200106T${time}`,
      `DTEND;TZID=${tzid}:20200107T${time}`,
      'RRULE:FREQ=DAILY',
    );

  test('a definition and the IANA zone that it describes give the same shifts, right through both changes', () => {
    // Within the hour that is skipped or repeated, and with the change itself.
    for (const time of ['023000', '030000', '020000']) {
      const own = shiftsIn(file(calendar(...central('Here'), ...weekly('Here', time))));
      expect(own).toEqual(shiftsIn(file(calendar(...weekly('Europe/Stockholm', time)))));
      expect(own).toHaveLength(366);
    }
  });

  test('a definition is followed beyond 2035, where ical.js ends', () => {
    const window = { from: fromIso('2050-07-01T00:00Z'), to: fromIso('2050-07-02T00:00Z') };
    const source = file(
      calendar(...central('Here'), ...event('DTSTART;TZID=Here:20500701T080000', 'DURATION:PT1H')),
    );
    expect(shiftsIn(source, { window })).toEqual(['anna 07-01T06:00/07-01T07:00']);
  });

  test('a name of IANA stands for the zone of IANA, whatever the file says', () => {
    const stale = zone(
      'Europe/Stockholm',
      ...observance('STANDARD', '+0500', '+0500', 'DTSTART:19700101T000000'),
    );
    const source = calendar(
      ...stale,
      ...event('DTSTART;TZID=Europe/Stockholm:20260105T080000', 'DURATION:PT1H'),
    );
    expect(shiftsIn(file(source))).toEqual(['anna 01-05T07:00/01-05T08:00']);
  });

  test('an abbreviation stands for what the file defines, and else for the zone that IANA calls so', () => {
    const own = zone('EST', ...observance('STANDARD', '-0330', '-0330', 'DTSTART:19700101T000000'));
    const shift = event('DTSTART;TZID=EST:20260105T080000', 'DURATION:PT1H');
    expect(shiftsIn(file(calendar(...own, ...shift)))).toEqual(['anna 01-05T11:30/01-05T12:30']);
    expect(shiftsIn(file(calendar(...shift)))).toEqual(['anna 01-05T13:00/01-05T14:00']);
  });

  test.each([
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['GMT Standard Time', 'Europe/London'],
    ['India Standard Time', 'Asia/Kolkata'],
    ['Lord Howe Standard Time', 'Australia/Lord_Howe'],
    ['UTC-11', 'Pacific/Niue'],
  ])('%s, as Outlook writes it, stands for %s where the file does not define it', (name, zone) => {
    expect(shiftsIn(file(calendar(...weekly(`"${name}"`))))).toEqual(
      shiftsIn(file(calendar(...weekly(zone)))),
    );
  });

  test('what a file defines under a name of Windows is followed', () => {
    const own = zone(
      'GMT Standard Time',
      ...observance('STANDARD', '+0300', '+0300', 'DTSTART:16010101T000000'),
    );
    const shift = event('DTSTART;TZID=GMT Standard Time:20260105T080000', 'DURATION:PT1H');
    expect(shiftsIn(file(calendar(...own, ...shift)))).toEqual(['anna 01-05T05:00/01-05T06:00']);
  });

  test('the zone of times that name none may be one of Windows, or one that the file defines', () => {
    const shift = event('DTSTART:20260705T080000', 'DURATION:PT1H');
    const named = (...lines: string[]) => shiftsIn(file(calendar(...lines, ...shift)));
    expect(named('X-WR-TIMEZONE:GMT Standard Time')).toEqual(['anna 07-05T07:00/07-05T08:00']);
    const own = zone(
      'Here',
      ...observance('STANDARD', '-0330', '-0330', 'DTSTART:19700101T000000'),
    );
    expect(named('X-WR-TIMEZONE:Here', ...own)).toEqual(['anna 07-05T11:30/07-05T12:30']);
  });

  test('times of a zone that nobody knows are refused, not read in another zone', () => {
    const local = [
      'X-WR-TIMEZONE:Middle Earth',
      ...event('DTSTART:20260705T080000', 'DURATION:PT1H'),
    ];
    expect(faultsIn(file(calendar(...local)))).toEqual([
      {
        line: 7,
        uid: '1',
        reason: expect.stringContaining('"Middle Earth" is no time zone') as string,
      },
    ]);
    const utc = [
      'X-WR-TIMEZONE:Middle Earth',
      ...event('DTSTART:20260705T080000Z', 'DURATION:PT1H'),
    ];
    expect(faultsIn(file(calendar(...utc)))).toEqual([]);
  });

  test('changes by RDATE, with offsets to the second, and before the first change', () => {
    const own = zone(
      'Odd',
      ...observance(
        'STANDARD',
        '+0100',
        '+003015',
        'DTSTART:20260110T000000',
        'RDATE:20260120T000000',
      ),
      ...observance('DAYLIGHT', '+003015', '+0100', 'DTSTART:20260115T000000'),
    );
    const at = (day: string) =>
      event(`UID:${day}`, `DTSTART;TZID=Odd:202601${day}T120000`, 'DURATION:PT1H');
    expect(
      shiftsIn(file(calendar(...own, ...['05', '12', '17', '22'].flatMap(at)))).map((shift) =>
        shift.slice(5, 16),
      ),
    ).toEqual(['01-05T11:00', '01-12T11:29', '01-17T11:00', '01-22T11:29']);
  });

  test.each([
    ['a zone that does not exist', [], 'no time zone', 6],
    ['a zone without an observance', zone('Here'), 'needs a STANDARD', 3],
    [
      'an offset that is none',
      zone('Here', ...observance('STANDARD', '+9900', '+0100', 'DTSTART:19700101T000000')),
      'less than a day',
      6,
    ],
    [
      'an observance without a start',
      zone('Here', ...observance('STANDARD', '+0100', '+0100')),
      'needs a DTSTART',
      5,
    ],
    [
      'a change every second',
      zone(
        'Here',
        ...observance(
          'STANDARD',
          '+0100',
          '+0100',
          'DTSTART:19700101T000000',
          'RRULE:FREQ=SECONDLY',
        ),
      ),
      'too many dates',
      9,
    ],
  ])('%s is refused', (_name, definition, reason, line) => {
    const [fault] = faultsIn(
      file(calendar(...definition, ...event('DTSTART;TZID=Here:20260105T080000', 'DURATION:PT1H'))),
    );
    expect(fault).toEqual({ line, uid: '1', reason: expect.stringContaining(reason) as string });
  });
});
