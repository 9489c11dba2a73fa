import { z } from 'zod';
import { timeZoneSchema, weekSchema } from '../calendar.ts';
import type { InputIssue, Result } from '../errors.ts';
import { parseInput, refuseInput } from '../input.ts';
import { identifier, instant } from '../text.ts';
import { lastsAtMost } from './window.ts';

/** Monday is the first, as ISO 8601 has it. */
export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof weekdays)[number];

const MOST_LAYERS = 20;
const MOST_PEOPLE = 200;
const MOST_TEMPORARY = 20;
/** Of a temporary schedule. */
const MOST_DAYS = 366;

const label = identifier(100);

/** A key of the policy's people; who is known is the caller's to say. */
export const personKey = z.string().min(1, 'must name a person').max(64);

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "09:00"');

const date = z.iso
  .date('must be a date such as "2026-11-23"')
  .refine((text) => text >= '1970' && text < '2200', 'must be a date from 1970 to 2199');

const every = (most: number) =>
  z.int().min(1, 'must be at least 1').max(most, `must be at most ${most}`).default(1);

/**
 * How turns follow each other. `handOver` is a time of the wall clock in the schedule's zone. Turns of several weeks or months
 * begin with the one that the layer's `start` lies in. In a month without the `dayOfMonth` the hand-over is on its last day.
 */
const rotation = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('hourly'), every: every(24 * 7), handOver: timeOfDay }),
    z.strictObject({ kind: z.literal('daily'), every: every(366), handOver: timeOfDay }),
    z.strictObject({
      kind: z.literal('weekly'),
      every: every(52),
      handOver: timeOfDay,
      weekday: z.enum(weekdays, 'must be a weekday such as "monday"'),
    }),
    z.strictObject({
      kind: z.literal('monthly'),
      every: every(12),
      handOver: timeOfDay,
      dayOfMonth: z.int().min(1, 'must be from 1 to 31').max(31, 'must be from 1 to 31'),
    }),
  ],
  'must have the kind "hourly", "daily", "weekly" or "monthly"',
);

const people = z
  .array(personKey.nullable())
  .max(MOST_PEOPLE, `must have at most ${MOST_PEOPLE} turns`)
  .refine((turns) => turns.some((person) => person !== null), 'must name at least one person');

const layer = z
  .strictObject({
    name: label,
    rotation,
    /** The date whose hand-over begins the first turn. */
    start: date,
    /** The date whose hand-over ends the last turn. */
    until: date.optional(),
    /** Who has which turn, in order; in a turn of null the layer has nobody, and those below it show. */
    people,
    /** `roundRobin` begins anew after the last person, `fixed` gives each turn once and has nobody after them. */
    assignment: z.enum(['roundRobin', 'fixed']).default('roundRobin'),
    /** The hours, in the schedule's zone, outside of which the layer has nobody. */
    restrictions: weekSchema.optional(),
  })
  .refine(({ start, until }) => until === undefined || start < until, {
    path: ['until'],
    error: 'must be after the start',
  });

const layers = z
  .array(layer)
  .max(MOST_LAYERS, `must have at most ${MOST_LAYERS} layers`)
  .superRefine((list, context) => {
    const names = list.map(({ name }) => name);
    names.forEach((name, index) => {
      if (names.indexOf(name) === index) return;
      const message = `"${name}" is the name of another layer too; give each its own`;
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    });
  });

const temporary = z
  .strictObject({
    name: label,
    from: instant(),
    to: instant(),
    layers: layers.min(1, 'must have at least one layer'),
  })
  .superRefine(lastsAtMost(MOST_DAYS));

const temporaries = z
  .array(temporary)
  .max(MOST_TEMPORARY, `must have at most ${MOST_TEMPORARY} temporary schedules`)
  .superRefine((list, context) => {
    list.forEach(({ from, to }, index) => {
      const other = list.slice(0, index).find((before) => from < before.to && before.from < to);
      if (other === undefined) return;
      const message = `overlaps "${other.name}"; only one temporary schedule can stand at a time`;
      context.addIssue({ code: 'custom', path: [index, 'from'], message });
    });
  });

/**
 * An on-call schedule as people write it. The layers are stacked: at each moment the last one that has somebody wins; above them stands the
 * calendar that was imported, if there is one, so a schedule may have no layers. From its `from`
 * to its `to` a temporary schedule stands in place of all of them, also where it has nobody. Overrides are kept apart from
 * the schedule (overrides.ts), because they change daily.
 */
export const scheduleSchema = z.strictObject({
  name: label,
  timeZone: timeZoneSchema('name the time zone, such as "Europe/Berlin"'),
  layers,
  temporary: temporaries.default([]),
});

/** As written: dates and instants are ISO 8601 texts, and what has a default may be left out. */
export type ScheduleInput = z.input<typeof scheduleSchema>;
/** As parsed: instants are epoch milliseconds. */
export type ScheduleDefinition = z.output<typeof scheduleSchema>;
export type LayerDefinition = ScheduleDefinition['layers'][number];
export type RotationDefinition = LayerDefinition['rotation'];

/** What is wrong with a person who is named at a place of an input; nothing when they are known. */
export function unknownPerson(
  person: string | null | undefined,
  known: ReadonlySet<string>,
  pointer: string,
): InputIssue[] {
  if (person === null || person === undefined || known.has(person)) return [];
  return [{ pointer, detail: `"${person}" is not among the policy's active people` }];
}

function unknownInLayers(
  stack: readonly LayerDefinition[],
  known: ReadonlySet<string>,
  pointer: string,
): InputIssue[] {
  return stack.flatMap(({ people: turns }, layerIndex) =>
    turns.flatMap((person, turn) =>
      unknownPerson(person, known, `${pointer}/layers/${layerIndex}/people/${turn}`),
    ),
  );
}

/** The places where a schedule names somebody who is not known: also of one that was stored before the policy changed. */
export function unknownPeople(
  schedule: ScheduleDefinition,
  known: ReadonlySet<string>,
): InputIssue[] {
  return [
    ...unknownInLayers(schedule.layers, known, ''),
    ...schedule.temporary.flatMap(({ layers: stack }, index) =>
      unknownInLayers(stack, known, `/temporary/${index}`),
    ),
  ];
}

/**
 * Checks a schedule. Refuses with `invalid`: each fault by its place.
 * @param people the keys of the policy's active people
 */
export function parseSchedule(
  data: unknown,
  people: ReadonlySet<string>,
): Result<ScheduleDefinition> {
  const parsed = parseInput(scheduleSchema, data);
  if (!parsed.ok) return parsed;
  const issues = unknownPeople(parsed.value, people);
  return issues.length === 0 ? parsed : refuseInput(issues);
}
