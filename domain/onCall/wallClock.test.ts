import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { ODD_TIMES } from '../../test/helpers/schedules.ts';
import { DAY, MINUTE, fromIso, toIso } from '../time.ts';
import { wallClock } from './wallClock.ts';

const minutesAway = fc.integer({ min: (-3 * DAY) / MINUTE, max: (3 * DAY) / MINUTE });

/** A text that names a wall time, as a reader of the clock writes it. */
const read = (time: number) => toIso(time).slice(0, 16);

describe('a wall clock', () => {
  test.each<[rule: string, zone: string, shown: string, at: string]>([
    ['a time shown once', 'Europe/Berlin', '2026-07-01T09:00', '2026-07-01T07:00Z'],
    ['a skipped 02:30 is 03:30', 'Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30Z'],
    ['a repeated 02:30 is the first', 'Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30Z'],
    [
      '02:15 in a gap of 30 min is 02:45',
      'Australia/Lord_Howe',
      '2026-10-04T02:15',
      '2026-10-03T15:45Z',
    ],
    ['01:45 shown twice in 30 min', 'Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45Z'],
    ['a midnight that is not there', 'America/Santiago', '2026-09-06T00:00', '2026-09-06T04:00Z'],
    ['a date that is not there', 'Pacific/Apia', '2011-12-30T09:00', '2011-12-30T19:00Z'],
  ])('%s', (_rule, zone, shown, at) => {
    expect(toIso(wallClock(zone).when(fromIso(`${shown}Z`)))).toBe(toIso(fromIso(at)));
  });

  test('reads and disambiguates as Temporal does, whatever the zone and the season', () => {
    const clocks = new Map(ODD_TIMES.map(([zone]) => [zone, wallClock(zone)]));
    fc.assert(
      fc.property(fc.constantFrom(...ODD_TIMES), minutesAway, ([zone, odd], minutes) => {
        const clock = clocks.get(zone)!;
        const at = fromIso(odd) + minutes * MINUTE;
        const shown = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
        expect(read(clock.shows(at))).toBe(shown.toPlainDateTime().toString().slice(0, 16));
        const named = Temporal.PlainDateTime.from(read(at));
        const meant = named.toZonedDateTime(zone, { disambiguation: 'compatible' });
        expect(clock.when(at)).toBe(meant.epochMilliseconds);
      }),
      { numRuns: 1_000 },
    );
  });
});
