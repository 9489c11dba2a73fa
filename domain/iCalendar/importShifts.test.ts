import {
  bytes,
  calendar,
  event,
  faults,
  faultsIn,
  file,
  people,
  shifts,
  shiftsIn,
} from '../../test/helpers/iCalendar.ts';

describe('times', () => {
  test.each([
    ['UTC', ['DTSTART:20260105T080000Z', 'DTEND:20260105T160000Z'], '01-05T08:00/01-05T16:00'],
    [
      'a zone of IANA',
      [
        'DTSTART;TZID=America/New_York:20260105T080000',
        'DTEND;TZID=America/New_York:20260105T160000',
      ],
      '01-05T13:00/01-05T21:00',
    ],
    [
      'no zone: that of the schedule',
      ['DTSTART:20260705T080000', 'DTEND:20260705T160000'],
      '07-05T06:00/07-05T14:00',
    ],
    [
      'two zones',
      ['DTSTART;TZID=Europe/London:20260105T080000', 'DTEND;TZID=Asia/Kolkata:20260105T173000'],
      '01-05T08:00/01-05T12:00',
    ],
    ['a duration', ['DTSTART:20260105T080000Z', 'DURATION:P1DT1H30M'], '01-05T08:00/01-06T09:30'],
    ['weeks', ['DTSTART:20260105T080000Z', 'DURATION:P1W'], '01-05T08:00/01-12T08:00'],
    ['a date: one day', ['DTSTART;VALUE=DATE:20260105'], '01-04T23:00/01-05T23:00'],
    [
      'dates, the last not included',
      ['DTSTART;VALUE=DATE:20260105', 'DTEND;VALUE=DATE:20260107'],
      '01-04T23:00/01-06T23:00',
    ],
    [
      'a date that does not say it is one',
      ['DTSTART:20260105', 'DURATION:P1D'],
      '01-04T23:00/01-05T23:00',
    ],
    [
      'a day of a clock change is 23 hours',
      ['DTSTART;VALUE=DATE:20260329'],
      '03-28T23:00/03-29T22:00',
    ],
    [
      'a leap second',
      ['DTSTART:20260105T080000Z', 'DTEND:20260105T155960Z'],
      '01-05T08:00/01-05T16:00',
    ],
    [
      'the end of a February',
      ['DTSTART:20260228T080000Z', 'DTEND:20260301T080000Z'],
      '02-28T08:00/03-01T08:00',
    ],
  ])('%s', (_name, lines, expected) => {
    expect(shifts(...lines)).toEqual([`anna ${expected}`]);
  });

  test('the zone that a file names for its dates goes before that of the schedule', () => {
    const lines = calendar('X-WR-TIMEZONE:Asia/Tokyo', ...event('DTSTART;VALUE=DATE:20260105'));
    expect(shiftsIn(file(lines))).toEqual(['anna 01-04T15:00/01-05T15:00']);
  });

  test('a duration in days is one of the wall clock, in hours of real time', () => {
    const start = 'DTSTART;TZID=Europe/Stockholm:20260328T120000';
    expect(shifts(start, 'DURATION:P1D')).toEqual(['anna 03-28T11:00/03-29T10:00']);
    expect(shifts(start, 'DURATION:PT24H')).toEqual(['anna 03-28T11:00/03-29T11:00']);
  });
});

describe('text', () => {
  const lines = calendar(...event('DTSTART:20260105T080000Z', 'DURATION:PT1H', 'SUMMARY:Bo Ström'));
  const expected = ['bo 01-05T08:00/01-05T09:00'];

  test('lines end in CRLF or LF, the last one perhaps in neither', () => {
    expect(shiftsIn(file(lines, '\r\n'))).toEqual(expected);
    expect(shiftsIn(file(lines, '\n'))).toEqual(expected);
    expect(shiftsIn(bytes(lines.join('\n')))).toEqual(expected);
  });

  test('a byte order mark is no part of the first line', () => {
    expect(shiftsIn(bytes(`\uFEFF${lines.join('\r\n')}`))).toEqual(expected);
  });

  test('a fold may cut a character in two', () => {
    const [before, after] = bytes(lines.join('\n')).reduce<[number[], number[]]>(
      ([head, tail], byte) => {
        // The second octet of ö.
        if (byte === 0xb6 || tail.length > 0) tail.push(byte);
        else head.push(byte);
        return [head, tail];
      },
      [[], []],
    );
    expect(shiftsIn(Uint8Array.from([...before, 0x0d, 0x0a, 0x20, ...after]))).toEqual(expected);
  });

  test('folds, escapes, quoted parameters and small letters are read', () => {
    const known = { id: 'd', name: 'Dee, of \\ "A;B"' };
    const source = file([
      'begin:vcalendar',
      'begin:vevent',
      'uid:1',
      'dtstart;x-note="a:b;c";tzid="Europe',
      ' /Stockholm":20260105T0800',
      '\t00',
      'duration:PT1H',
      'summary:Dee\\, of',
      '  \\\\ "A\\;B"',
      'end:vevent',
      'end:vcalendar',
    ]);
    expect(shiftsIn(source, { people: [known] })).toEqual(['d 01-05T07:00/01-05T08:00']);
  });

  test('alarms, tasks and properties that do not matter are passed over', () => {
    const alarm = ['BEGIN:VALARM', 'TRIGGER:nonsense', 'DTSTART:never', 'END:VALARM'];
    const source = calendar(
      'BEGIN:VTODO',
      'UID:3',
      'END:VTODO',
      ...event(...alarm, 'DTSTART:20260105T080000Z', 'DURATION:PT1H', 'X-FOO;BAR:1', 'GEO:x'),
    );
    expect(shiftsIn(file(source))).toHaveLength(1);
  });
});

describe('who is meant', () => {
  const hour = ['DTSTART:20260105T080000Z', 'DURATION:PT1H'];
  const who = (...lines: string[]) => shifts(...hour, ...lines).map((shift) => shift.split(' ')[0]);

  test.each(['bo', 'BO', ' Bo Ström ', 'bo STRÖM', 'Bo Stro\u0308m', 'Bo@Example.org'])(
    '"%s" is found by id, name or address',
    (name) => {
      expect(who(`SUMMARY:${name}`)).toEqual(['bo']);
    },
  );

  test('the summary goes before the attendees, of whom each is on call', () => {
    const attendees = [
      'ATTENDEE;CN=Somebody:MAILTO:anna@example.org',
      'ATTENDEE;CN="Bo Ström":urn:uuid:1',
    ];
    expect(who('SUMMARY:On call', ...attendees)).toEqual(['anna', 'bo']);
    expect(who('SUMMARY:cy', ...attendees)).toEqual(['cy']);
  });

  test('who has declined, is only told of it, or is a room, is not on call', () => {
    const invited = (parameter: string) => `ATTENDEE;${parameter}:mailto:bo@example.org`;
    expect(
      who(
        'ATTENDEE:mailto:anna@example.org',
        invited('PARTSTAT=DECLINED'),
        invited('ROLE=NON-PARTICIPANT'),
        invited('CUTYPE=ROOM'),
      ),
    ).toEqual(['anna']);
  });

  test('each name that stands for nobody is listed with its event and its line', () => {
    const lines = calendar(
      ...event('UID:x', ...hour, 'SUMMARY:Dora'),
      ...event('UID:y', ...hour, 'ATTENDEE;CN=Evan:mailto:evan@example.org'),
    );
    expect(faultsIn(file(lines))).toEqual([
      { line: 3, uid: 'x', reason: 'nobody is called "Dora"', unknownPerson: 'Dora' },
      { line: 13, uid: 'y', reason: 'nobody is called "Evan"', unknownPerson: 'evan@example.org' },
    ]);
  });

  test('of events outside the window nobody asks who was meant', () => {
    expect(shifts('DTSTART:20250105T080000Z', 'DURATION:PT1H', 'SUMMARY:left long ago')).toEqual(
      [],
    );
  });

  test('a name of two people is refused', () => {
    const twice = [...people, { id: 'anna2', name: 'Anna Ek' }];
    const [fault] = faultsIn(file(calendar(...event(...hour, 'SUMMARY:Anna Ek'))), {
      people: twice,
    });
    expect(fault?.reason).toContain('more than one person');
  });

  test('an event that names nobody is refused', () => {
    expect(faults(...hour, 'SUMMARY:')[0]?.reason).toContain('names nobody');
  });
});
