import fc from 'fast-check';
import type { CalendarShift } from '../../domain/onCall/calendarLayer.ts';
import { makeSchedule } from '../../domain/onCall/stack.ts';
import { scheduleSchema } from '../../domain/onCall/schedule.ts';
import type { ScheduleInput } from '../../domain/onCall/schedule.ts';
import { parseOverride } from '../../domain/onCall/override.ts';
import type { Override } from '../../domain/onCall/override.ts';
import type { Window } from '../../domain/onCall/window.ts';
import { DAY, MINUTE, fromIso, toIso } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';

/** Zones with an instant near which their clocks or their calendar do something odd. */
export const ODD_TIMES: readonly (readonly [zone: string, at: string])[] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['America/Santiago', '2026-04-05T03:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
  ['Africa/Cairo', '2026-04-23T22:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00Z'],
  ['Antarctica/Troll', '2026-03-29T01:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30Z'],
  ['Asia/Kolkata', '2028-02-29T00:00Z'],
  ['America/New_York', '2027-02-28T23:00Z'],
  ['UTC', '2026-12-31T23:00Z'],
];

export const PEOPLE = ['ann', 'bob', 'cem', 'dee'] as const;
const KNOWN: ReadonlySet<string> = new Set(PEOPLE);

type LayerInput = ScheduleInput['layers'][number];
export type RotationInput = LayerInput['rotation'];

const hhmm = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const timeOfDay = fc.oneof(
  fc.constantFrom('00:00', '00:30', '01:45', '02:15', '02:30', '09:00'),
  fc.nat(1439).map(hhmm),
);
const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

export const rotations: fc.Arbitrary<RotationInput> = fc
  .record({
    kind: fc.constantFrom('hourly', 'daily', 'weekly', 'monthly'),
    every: fc.integer({ min: 1, max: 3 }),
    handOver: timeOfDay,
    weekday: fc.constantFrom(...WEEKDAYS),
    dayOfMonth: fc.oneof(fc.constantFrom(1, 28, 29, 30, 31), fc.integer({ min: 1, max: 31 })),
  })
  .map(({ kind, every, handOver, weekday, dayOfMonth }): RotationInput => {
    if (kind === 'weekly') return { kind, every, handOver, weekday };
    if (kind === 'monthly') return { kind, every, handOver, dayOfMonth };
    return { kind, every, handOver };
  });

/** Within one day, or from the evening to the next morning. */
const segments = fc
  .uniqueArray(
    fc.nat(48).map((half) => half * 30),
    { minLength: 2, maxLength: 2 },
  )
  .map((minutes) => minutes.toSorted((a, b) => a - b))
  .chain(([first = 0, second = 0]) => {
    const day = [`${hhmm(first)}-${hhmm(second)}`];
    const night = [
      ...(first === 0 ? [] : [`00:00-${hhmm(first)}`]),
      ...(second === 1440 ? [] : [`${hhmm(second)}-24:00`]),
    ];
    return fc.constantFrom(day, night.length === 0 ? day : night);
  });
const restrictions = fc
  .array(fc.tuple(fc.constantFrom(...WEEKDAYS), segments), { minLength: 3, maxLength: 7 })
  .map((days) => Object.fromEntries(days));

const person = fc.constantFrom(...PEOPLE);
const dateNear = (at: Instant, days: number) => toIso(at + days * DAY).slice(0, 10);

function layersNear(at: Instant): fc.Arbitrary<LayerInput[]> {
  const layer = fc
    .record({
      rotation: rotations,
      startsDaysAgo: fc.integer({ min: -2, max: 45 }),
      // From the moment on; many end near it.
      endsInDays: fc.option(
        fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer({ min: 3, max: 90 })),
      ),
      people: fc
        .array(fc.option(person, { nil: null, freq: 4 }), { maxLength: 4 })
        .chain((turns) => person.map((last) => [...turns, last])),
      assignment: fc.constantFrom('roundRobin' as const, 'roundRobin' as const, 'fixed' as const),
      restrictions: fc.option(restrictions, { nil: undefined }),
    })
    .map(({ startsDaysAgo, endsInDays, restrictions: week, ...rest }) => ({
      ...rest,
      start: dateNear(at, -startsDaysAgo),
      ...(endsInDays === null
        ? {}
        : { until: dateNear(at, Math.max(endsInDays, 1 - startsDaysAgo)) }),
      ...(week === undefined ? {} : { restrictions: week }),
    }));
  return fc
    .array(layer, { minLength: 1, maxLength: 4 })
    .map((layers) => layers.map((one, index) => ({ ...one, name: `layer ${index}` })));
}

/** Whole minutes, and often half days, such that stretches touch or begin with a turn. */
const minutesWithin = (min: number, max: number) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min, max }) },
    { weight: 2, arbitrary: fc.integer({ min, max }).map((any) => Math.ceil(any / 720) * 720) },
  );
const minutesAway = minutesWithin((-2 * DAY) / MINUTE, (2 * DAY) / MINUTE);
const minutesLong = minutesWithin(1, DAY / MINUTE);

/** [from, to) near an instant. */
const stretchNear = (at: Instant) =>
  fc.tuple(minutesAway, minutesLong).map(([away, long]) => ({
    from: at + away * MINUTE,
    to: at + (away + long) * MINUTE,
  }));

const written = ({ from, to }: Window) => ({ from: toIso(from), to: toIso(to) });

/** None, one, or several, of which one may begin where another ends. */
function temporaryNear(at: Instant): fc.Arbitrary<NonNullable<ScheduleInput['temporary']>> {
  return fc.array(fc.tuple(stretchNear(at), layersNear(at)), { maxLength: 3 }).map((list) =>
    list
      .filter(([{ from, to }], index) =>
        list.slice(0, index).every(([other]) => to <= other.from || other.to <= from),
      )
      .map(([stretch, layers], index) => ({
        name: `temporary ${index}`,
        ...written(stretch),
        layers,
      })),
  );
}

/** The shifts of an imported calendar, which may overlap; often none. */
function calendarNear(at: Instant): fc.Arbitrary<CalendarShift[]> {
  const some = fc
    .array(fc.tuple(stretchNear(at), person), { maxLength: 5 })
    .map((list) =>
      list.map(([stretch, who], index) => ({ ...stretch, person: who, uid: `${index}` })),
    );
  return fc.oneof(fc.constant<CalendarShift[]>([]), some);
}

function overrideNear(at: Instant): fc.Arbitrary<unknown> {
  const rest = { person, stretch: stretchNear(at) };
  return fc
    .oneof(
      fc.record({ kind: fc.constantFrom('add', 'remove', 'replace'), ...rest }),
      fc.record({ kind: fc.constant('replace'), insteadOf: person, ...rest }),
    )
    .map(({ stretch, ...override }) => ({ ...override, ...written(stretch) }));
}

/** Those of a list that may stand beside the ones before them. */
function standing(list: readonly unknown[]): Override[] {
  const made: Override[] = [];
  for (const data of list) {
    const parsed = parseOverride(data, KNOWN, made);
    if (parsed.ok) made.push({ ...parsed.value, id: `o${made.length}` });
  }
  return made;
}

/** A schedule with all that it can have, its calendar and its overrides, where and when the clocks do something odd. */
export const scenarios = fc.constantFrom(...ODD_TIMES).chain(([timeZone, odd]) => {
  const at = fromIso(odd);
  return fc
    .record({
      layers: layersNear(at),
      temporary: temporaryNear(at),
      calendar: calendarNear(at),
      overrides: fc.array(overrideNear(at), { maxLength: 6 }),
    })
    .map(({ layers, temporary, calendar, overrides }) => {
      const input: ScheduleInput = { name: 'desk', timeZone, layers, temporary };
      return {
        at,
        input,
        calendar,
        schedule: makeSchedule(scheduleSchema.parse(input), calendar),
        overrides: standing(overrides),
      };
    });
});
