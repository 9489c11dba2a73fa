import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { ODD_TIMES } from '../../test/helpers/schedules.ts';
import { DAY, HOUR, MINUTE, fromIso, toIso } from '../time.ts';
import { makeRotation } from './rotation.ts';
import type { Rotation } from './rotation.ts';
import type { RotationDefinition } from './schedule.ts';
import { wallClock } from './wallClock.ts';

const rotation = (zone: string, start: string, definition: RotationDefinition): Rotation =>
  makeRotation(definition, start, wallClock(zone));

const iso = (at: number) => toIso(at).slice(0, 16) + 'Z';

/** Where the turns of a window meet. */
function handOvers(subject: Rotation, from: string, to: string): string[] {
  const turns = subject.turns(fromIso(from), fromIso(to));
  return turns.slice(1).map((turn) => iso(turn.from));
}

const daily = (handOver: string) => ({ kind: 'daily', every: 1, handOver }) as const;
const hourly = (every: number, handOver: string) => ({ kind: 'hourly', every, handOver }) as const;
const monthly = (dayOfMonth: number, every = 1) =>
  ({ kind: 'monthly', every, handOver: '09:00', dayOfMonth }) as const;

describe('a hand-over is a time of the wall clock', () => {
  type Row = [
    rule: string,
    zone: string,
    rotation: RotationDefinition,
    window: [from: string, to: string],
    expected: string[],
  ];
  test.each<Row>([
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z; 25 October: 03:00 becomes 02:00 at 01:00Z.
    [
      'a daily one at 02:30 comes at 03:30 when 02:30 is skipped: the turn that it ends keeps its 24 hours',
      'Europe/Berlin',
      daily('02:30'),
      ['2026-03-28T00:00Z', '2026-03-31T00:00Z'],
      ['2026-03-28T01:30Z', '2026-03-29T01:30Z', '2026-03-30T00:30Z'],
    ],
    [
      'a daily one at 02:30 comes the first time when 02:30 is repeated: the turn that it begins has 25 hours',
      'Europe/Berlin',
      daily('02:30'),
      ['2026-10-24T00:00Z', '2026-10-27T00:00Z'],
      ['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'a daily one at 09:00 is at 09:00 on both sides of the change',
      'Europe/Berlin',
      daily('09:00'),
      ['2026-03-28T00:00Z', '2026-03-30T00:00Z'],
      ['2026-03-28T08:00Z', '2026-03-29T07:00Z'],
    ],
    [
      'one of 12 hours stays at 08:00 and 20:00 all the year',
      'Europe/Berlin',
      hourly(12, '08:00'),
      ['2026-03-28T12:00Z', '2026-03-30T00:00Z'],
      ['2026-03-28T19:00Z', '2026-03-29T06:00Z', '2026-03-29T18:00Z'],
    ],
    [
      'the hour that is skipped is nobody’s turn',
      'Europe/Berlin',
      hourly(1, '00:00'),
      ['2026-03-29T00:00Z', '2026-03-29T03:00Z'],
      ['2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ],
    [
      'the hour that is repeated is one turn of two hours',
      'Europe/Berlin',
      hourly(1, '00:00'),
      ['2026-10-24T23:30Z', '2026-10-25T03:30Z'],
      ['2026-10-25T00:00Z', '2026-10-25T02:00Z', '2026-10-25T03:00Z'],
    ],
    // Lord Howe, 4 October 2026: 02:00 becomes 02:30 at 15:30Z; 5 April: 02:00 becomes 01:30 at 15:00Z.
    [
      'in a gap of half an hour 02:15 is 02:45',
      'Australia/Lord_Howe',
      daily('02:15'),
      ['2026-10-02T00:00Z', '2026-10-05T00:00Z'],
      ['2026-10-02T15:45Z', '2026-10-03T15:45Z', '2026-10-04T15:15Z'],
    ],
    [
      'in an overlap of half an hour 01:45 is the first',
      'Australia/Lord_Howe',
      daily('01:45'),
      ['2026-04-04T00:00Z', '2026-04-06T00:00Z'],
      ['2026-04-04T14:45Z', '2026-04-05T15:15Z'],
    ],
    // Santiago, 6 September 2026: 00:00 becomes 01:00 at 04:00Z.
    [
      'a midnight that is not there is one o’clock',
      'America/Santiago',
      daily('00:00'),
      ['2026-09-05T00:00Z', '2026-09-07T12:00Z'],
      ['2026-09-05T04:00Z', '2026-09-06T04:00Z', '2026-09-07T03:00Z'],
    ],
    // Apia, 30 December 2011 is not there: 10:00Z begins the 31st.
    [
      'of a date that is not there the turn is lost',
      'Pacific/Apia',
      daily('09:00'),
      ['2011-12-29T00:00Z', '2012-01-01T00:00Z'],
      ['2011-12-29T19:00Z', '2011-12-30T19:00Z', '2011-12-31T19:00Z'],
    ],
    [
      'on the 31st it is on the last day of a shorter month',
      'UTC',
      monthly(31),
      ['2028-01-15T00:00Z', '2028-06-15T00:00Z'],
      [
        '2028-01-31T09:00Z',
        '2028-02-29T09:00Z',
        '2028-03-31T09:00Z',
        '2028-04-30T09:00Z',
        '2028-05-31T09:00Z',
      ],
    ],
    [
      'on the 29th it is on 28 February, but for leap years',
      'UTC',
      monthly(29, 12),
      ['2026-06-01T00:00Z', '2029-06-01T00:00Z'],
      ['2027-01-29T09:00Z', '2028-01-29T09:00Z', '2029-01-29T09:00Z'],
    ],
  ])('%s', (_rule, zone, definition, [from, to], expected) => {
    const subject = rotation(zone, '2010-01-31', definition);
    expect(handOvers(subject, from, to)).toEqual(expected);
    for (const { number, from: begins, to: ends } of subject.turns(fromIso(from), fromIso(to))) {
      const soon = Math.min(begins + 3 * HOUR, ends);
      for (let at = begins; at < soon; at += 10 * MINUTE) expect(subject.turnAt(at)).toBe(number);
      expect(subject.turnAt(ends - 1)).toBe(number);
    }
  });

  test('a turn of 29 February is on 28 February in the years between', () => {
    const subject = rotation('UTC', '2028-02-29', monthly(29, 12));
    expect(handOvers(subject, '2028-03-01T00:00Z', '2032-12-31T00:00Z')).toEqual([
      '2029-02-28T09:00Z',
      '2030-02-28T09:00Z',
      '2031-02-28T09:00Z',
      '2032-02-29T09:00Z',
    ]);
  });
});

describe('turns', () => {
  test('a start in the middle of a week shortens the first turn only', () => {
    const weekly = { kind: 'weekly', every: 2, handOver: '09:00', weekday: 'monday' } as const;
    const subject = rotation('UTC', '2026-01-07', weekly);
    expect(subject.turnAt(fromIso('2026-01-07T09:00Z'))).toBe(0);
    expect(handOvers(subject, '2026-01-07T09:00Z', '2026-02-10T00:00Z')).toEqual([
      '2026-01-19T09:00Z',
      '2026-02-02T09:00Z',
    ]);
  });

  test('begin with the millisecond of their hand-over', () => {
    const subject = rotation('UTC', '2026-01-01', daily('09:00'));
    const handOver = fromIso('2026-01-02T09:00Z');
    expect([handOver - 1, handOver, handOver + DAY - 1].map(subject.turnAt)).toEqual([0, 1, 1]);
  });

  test.each<[string, RotationDefinition]>([
    ['hourly', hourly(5, '02:30')],
    ['daily', { ...daily('02:30'), every: 3 }],
    ['weekly', { kind: 'weekly', every: 2, handOver: '02:30', weekday: 'friday' }],
    ['monthly', { ...monthly(31, 5), handOver: '02:30' }],
  ])('of a %s rotation are numbered alike decades after the start', (kind, definition) => {
    const units = { hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months' };
    const unit = units[kind as keyof typeof units];
    const start = Temporal.PlainDateTime.from('2000-03-31T02:30'); // a Friday
    const clocks = new Map(ODD_TIMES.map(([zone]) => [zone, wallClock(zone)]));
    fc.assert(
      fc.property(fc.constantFrom(...clocks.keys()), fc.nat(30 * 365), (zone, days) => {
        const subject = makeRotation(definition, '2000-03-31', clocks.get(zone)!);
        const at = fromIso('2000-04-02T00:00Z') + days * DAY;
        const begins = start.add({ [unit]: subject.turnAt(at) * definition.every });
        const ends = start.add({ [unit]: (subject.turnAt(at) + 1) * definition.every });
        expect(begins.toZonedDateTime(zone).epochMilliseconds).toBeLessThanOrEqual(at);
        expect(ends.toZonedDateTime(zone).epochMilliseconds).toBeGreaterThan(at);
      }),
      { numRuns: 200 },
    );
  });

  test('where a change skips more than a turn, the turns that it skips are lost', () => {
    // Troll, 29 March 2026: 01:00 becomes 03:00 at 01:00Z.
    const subject = rotation('Antarctica/Troll', '2026-03-28', hourly(1, '00:30'));
    const from = fromIso('2026-03-29T00:30Z');
    const turns = subject.turns(from, from + 3 * HOUR);
    turns.forEach(({ number, from: begins, to: ends }) => {
      for (let at = begins; at < ends; at += MINUTE) expect(subject.turnAt(at)).toBe(number);
    });
    expect(turns.map((turn) => iso(turn.from))).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:30Z',
      '2026-03-29T02:30Z',
    ]);
  });
});
