import fc from 'fast-check';
import { bytes, shiftsIn } from '../../test/helpers/iCalendar.ts';
import { fromIso } from '../time.ts';
import { feedUid, writeFeed } from './feed.ts';
import { importShifts } from './importShifts.ts';

const from = fromIso('2026-01-05T08:00:00Z');
const to = fromIso('2026-01-05T16:00:00Z');
const shift = { uid: 'primary/anna/1@desk.example.org', from, to, summary: 'anna' };
const feed = { name: 'Primary', stampedAt: from, refreshMinutes: 15, shifts: [shift] };

test('a feed is what calendars subscribe to: UTC, CRLF, a name, and how often to ask again', () => {
  expect(writeFeed(feed).split('\r\n')).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Provisor//On-call//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'NAME:Primary',
    'X-WR-CALNAME:Primary',
    'REFRESH-INTERVAL;VALUE=DURATION:PT15M',
    'X-PUBLISHED-TTL:PT15M',
    'BEGIN:VEVENT',
    'UID:primary/anna/1@desk.example.org',
    'DTSTAMP:20260105T080000Z',
    'DTSTART:20260105T080000Z',
    'DTEND:20260105T160000Z',
    'SUMMARY:anna',
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]);
});

test('an UID is the same for the same shift, and another for every other', () => {
  const uid = (schedule: string, person: string, at = from) =>
    feedUid({ schedule, person, from: at }, 'desk.example.org');
  expect(uid('a', 'b')).toBe('a/b/1767600000000@desk.example.org');
  expect(new Set([uid('a', 'b'), uid('b', 'a'), uid('a/b', ''), uid('a', 'b', to)]).size).toBe(4);
});

test('text from strangers cannot end its line or begin another event', () => {
  const hostile = 'anna\r\nEND:VEVENT\rBEGIN:VEVENT\n\u0000\u0007\u2028;,\\ \ud800';
  const lines = writeFeed({
    ...feed,
    name: hostile,
    shifts: [{ ...shift, summary: hostile, description: hostile }],
  }).split('\r\n');
  expect(lines.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(1);
  expect(lines).toContain('SUMMARY:anna\\nEND:VEVENT\\nBEGIN:VEVENT\\n\u2028\\;\\,\\\\ \uFFFD');
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
});

/** Of any characters and often of those that are escaped, and long enough to be folded. */
const names = fc
  .string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('\\', ',', ';', 'n', 'N', ' '),
    ),
    maxLength: 200,
    size: 'max',
  })
  .filter((name) => !/\p{Cc}/u.test(name));

test('no line is longer than 75 octets, and none is cut within a character', () => {
  fc.assert(
    fc.property(names, (summary) => {
      const text = writeFeed({ ...feed, shifts: [{ ...shift, summary }] });
      const lines = text.split('\r\n');
      expect(lines.filter((line) => bytes(line).length > 75)).toEqual([]);
      // What is cut within a character is not the same in UTF-8 and back.
      expect(lines.filter((line) => Buffer.from(line).toString() !== line)).toEqual([]);
    }),
  );
});

test('what is exported can be imported: the same people at the same times', () => {
  const key = (name: string) => name.trim().normalize('NFC').toLowerCase();
  const people = fc
    .uniqueArray(
      names.filter((name) => key(name) !== ''),
      { selector: key, minLength: 1, maxLength: 5 },
    )
    .map((all) => all.map((name, index) => ({ id: `person ${index} of these`, name })));
  const second = fc
    .integer({ min: 0, max: 364 * 86_400 })
    .map((seconds) => fromIso('2026-01-01T00:00Z') + seconds * 1000);
  const window = { from: fromIso('2026-01-01T00:00Z'), to: fromIso('2027-02-01T00:00Z') };
  fc.assert(
    fc.property(
      people,
      fc.array(fc.tuple(fc.nat(), second, fc.integer({ min: 1, max: 2_000_000 })), {
        maxLength: 20,
      }),
      (known, drawn) => {
        const expected = drawn.map(([number, start, seconds], index) => ({
          person: known[number % known.length]!,
          from: start,
          to: start + seconds * 1000,
          uid: `${index}`,
        }));
        const text = writeFeed({
          ...feed,
          shifts: expected.map(({ person, ...rest }) => ({ ...rest, summary: person.name })),
        });
        const result = importShifts(bytes(text), { people: known, window, timeZone: 'UTC' });
        const found = result.ok
          ? result.shifts.map(({ source, ...rest }) => ({ ...rest, uid: source.uid }))
          : result.faults;
        expect(found).toEqual(
          expected
            .map((each) => ({ ...each, person: each.person.id }))
            .sort((a, b) => a.from - b.from || a.to - b.to),
        );
      },
    ),
  );
});

test('an empty feed is a calendar without shifts', () => {
  expect(shiftsIn(bytes(writeFeed({ ...feed, shifts: [] })))).toEqual([]);
});
