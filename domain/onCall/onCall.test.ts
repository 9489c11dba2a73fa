import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { scenarios } from '../../test/helpers/schedules.ts';
import type { RotationInput } from '../../test/helpers/schedules.ts';
import { DAY, MINUTE, toIso } from '../time.ts';
import type { Instant } from '../time.ts';
import type { CalendarShift } from './calendarLayer.ts';
import { onCallAt } from './onCall.ts';
import type { OnCall } from './onCall.ts';
import type { Override } from './override.ts';
import type { ScheduleInput } from './schedule.ts';
import { shifts } from './shifts.ts';
import type { Shift } from './shifts.ts';

/**
 * The rules read off a calendar on the wall: hand-overs are counted one by one from the start, by Temporal alone.
 */
function turnByCounting(rotation: RotationInput, start: string, zone: string, at: Instant): number {
  const { handOver, every = 1 } = rotation;
  let first = Temporal.PlainDate.from(start);
  if (rotation.kind === 'weekly') {
    const names = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');
    while (names[first.dayOfWeek - 1] !== rotation.weekday) first = first.subtract({ days: 1 });
  }
  const monthly = (month: Temporal.PlainYearMonth, day: number) => month.toPlainDate({ day });
  const dateOf = (turn: number): Temporal.PlainDateTime => {
    const time = Temporal.PlainTime.from(handOver);
    switch (rotation.kind) {
      case 'hourly':
        return first.toPlainDateTime(time).add({ hours: turn * every });
      case 'daily':
        return first.toPlainDateTime(time).add({ days: turn * every });
      case 'weekly':
        return first.toPlainDateTime(time).add({ weeks: turn * every });
      case 'monthly': {
        const here = first.toPlainYearMonth();
        const day = rotation.dayOfMonth;
        const begun = Temporal.PlainDate.compare(monthly(here, day), first) <= 0;
        const anchor = begun ? here : here.subtract({ months: 1 });
        return monthly(anchor.add({ months: turn * every }), day).toPlainDateTime(time);
      }
    }
  };
  let last = 0;
  for (let turn = 0; ; turn++) {
    const comes = dateOf(turn).toZonedDateTime(zone).epochMilliseconds;
    if (comes <= at) last = turn;
    if (comes > at + 2 * DAY) return last;
  }
}

function personByCounting(
  layer: ScheduleInput['layers'][number],
  zone: string,
  at: Instant,
): string | null {
  const { rotation, start, until, people, assignment } = layer;
  const time = Temporal.PlainTime.from(rotation.handOver);
  const when = (date: string) =>
    Temporal.PlainDate.from(date).toPlainDateTime(time).toZonedDateTime(zone).epochMilliseconds;
  if (at < when(start) || (until !== undefined && at >= when(until))) return null;
  const shown = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  if (layer.restrictions !== undefined) {
    const weekday = shown.toLocaleString('en', { weekday: 'long' }).toLowerCase();
    const hours = layer.restrictions[weekday as keyof typeof layer.restrictions] ?? [];
    const now = shown.toPlainTime().toString().slice(0, 5);
    if (!hours.some((segment) => segment.slice(0, 5) <= now && now < segment.slice(6))) return null;
  }
  const turn = turnByCounting(rotation, start, zone, at);
  return (assignment === 'fixed' ? people[turn] : people[turn % people.length]) ?? null;
}

function peopleByCounting(
  { timeZone, layers, temporary = [] }: ScheduleInput,
  calendar: readonly CalendarShift[],
  overrides: readonly Override[],
  at: Instant,
): string[] {
  const stands = temporary.find(({ from, to }) => Date.parse(from) <= at && at < Date.parse(to));
  const held = (stands?.layers ?? layers).map((layer) => personByCounting(layer, timeZone, at));
  const imported = calendar.filter(({ from, to }) => from <= at && at < to);
  const people = new Set(
    stands === undefined && imported.length > 0
      ? imported.map(({ person }) => person)
      : held.filter((person) => person !== null).slice(-1),
  );
  for (const override of overrides) {
    if (at < override.from || at >= override.to) continue;
    const { kind, person } = override;
    if (kind === 'remove') people.delete(person);
    if (kind === 'add') people.add(person);
    if (kind !== 'replace') continue;
    const { insteadOf } = override;
    if (insteadOf === undefined) people.clear();
    else if (!people.delete(insteadOf)) continue;
    people.add(person);
  }
  return [...people].sort();
}

const minutes = fc.integer({ min: (-3 * DAY) / MINUTE, max: (3 * DAY) / MINUTE });

describe('whatever the schedule, the zone and the season', () => {
  test('on call is who comes out when hand-overs are counted one by one on a calendar', () => {
    fc.assert(
      fc.property(scenarios, minutes, ({ at, input, calendar, schedule, overrides }, away) => {
        const now = at + away * MINUTE;
        const people = onCallAt(schedule, overrides, now).map(({ person }) => person);
        expect(people.toSorted()).toEqual(peopleByCounting(input, calendar, overrides, now));
      }),
      { numRuns: 300 },
    );
  });

  test('shifts and onCallAt say the same of every minute', () => {
    const inWords = (onCall: readonly OnCall[]) =>
      onCall
        .map(({ person, source }) => `${person} ${JSON.stringify(source)}`)
        .sort()
        .join();
    fc.assert(
      fc.property(scenarios, fc.nat(2880), ({ at, schedule, overrides }, long) => {
        const [from, to] = [at - DAY, at - DAY + long * MINUTE];
        const found = shifts(schedule, overrides, from, to);
        const differ: string[] = [];
        for (let now = from; now < to; now += MINUTE) {
          const running = found.filter((shift) => shift.from <= now && now < shift.to);
          const said = onCallAt(schedule, overrides, now);
          if (inWords(running) !== inWords(said)) differ.push(toIso(now));
        }
        expect(differ).toEqual([]);
      }),
    );
  });

  test('a window that is cut in two has the same people in both halves', () => {
    const spans = (found: readonly Shift[]) => {
      const time = new Map<string, number>();
      for (const { person, from, to } of found)
        time.set(person, (time.get(person) ?? 0) + to - from);
      return [...time].sort();
    };
    fc.assert(
      fc.property(scenarios, fc.nat(3 * DAY), fc.nat(20 * DAY), (scenario, first, second) => {
        const { at, schedule, overrides } = scenario;
        const [from, middle, to] = [at - DAY, at - DAY + first, at - DAY + first + second];
        const halves = [
          ...shifts(schedule, overrides, from, middle),
          ...shifts(schedule, overrides, middle, to),
        ];
        expect(spans(halves)).toEqual(spans(shifts(schedule, overrides, from, to)));
      }),
    );
  });
});
