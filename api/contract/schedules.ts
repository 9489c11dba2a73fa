import { z } from 'zod';

/** The shapes of on-call schedules: who is on call when, and why; exceptions, swaps, imported calendars and feeds. */

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });
const version = z.number().int().meta({ description: 'Counts changes; also its ETag.' });
const scheduleId = z.string().meta({ example: 'desk', description: 'By which policies mean it.' });
const person = z.string().meta({ description: "A key of the policy's people." });

export const onCallSource = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('layer'),
      temporary: z.string().nullable().meta({ description: 'The temporary schedule it is in.' }),
      index: z.number().int(),
      name: z.string(),
      turn: z.number().int().meta({ description: 'From 0.' }),
    }),
    z.object({
      kind: z.literal('calendar'),
      uid: z.string().meta({ description: 'Of the event in the imported calendar.' }),
    }),
    z.object({ kind: z.literal('override'), id: z.string() }),
  ])
  .meta({ id: 'OnCallSource', description: 'Why somebody is on call.' });

const onCallPerson = z
  .object({ person, name: z.string(), source: onCallSource })
  .meta({ id: 'OnCallPerson' });
const stretch = z.object({ from: instant, to: instant }).meta({ id: 'Stretch' });

export const shiftView = z
  .object({ person, from: instant, to: instant, source: onCallSource })
  .meta({ id: 'Shift' });

const handOver = z
  .object({ at: instant, leaving: z.array(person), coming: z.array(person) })
  .meta({ id: 'HandOver' });

const outlook = {
  onCall: z.array(onCallPerson),
  nextHandOver: handOver.nullable().meta({ description: 'Within 28 days.' }),
  nextGap: stretch
    .nullable()
    .meta({ description: 'When nobody is on call next, now included, within 28 days.' }),
};

export const calendarView = z
  .object({
    from: z.string().meta({ description: 'The host of its address, or `file`.' }),
    importedAt: instant,
    importedBy: z.string(),
    readAt: instant.meta({ description: 'When it was read last without a fault.' }),
    refreshAt: instant.meta({ description: 'When it is fetched or read again.' }),
    failingSince: instant.nullable(),
    lastError: z.string().nullable().meta({
      description: 'Why it could not be fetched or read. What was read last stands.',
    }),
  })
  .meta({ id: 'ImportedCalendar' });
export type CalendarView = z.infer<typeof calendarView>;

export const scheduleSummary = z
  .object({
    id: scheduleId,
    name: z.string(),
    timeZone: z.string(),
    version,
    ...outlook,
    calendar: calendarView.nullable(),
  })
  .meta({ id: 'ScheduleSummary' });
export type ScheduleSummary = z.infer<typeof scheduleSummary>;

export const scheduleDefinition = z.record(z.string(), z.unknown()).meta({
  description:
    'What PUT takes: name, timeZone, layers, temporary. docs/on-call.md describes each field.',
});

const warning = z.object({ pointer: z.string(), detail: z.string() });

export const scheduleView = z
  .object({
    id: scheduleId,
    version,
    definition: scheduleDefinition,
    calendar: calendarView.nullable(),
    warnings: z.array(warning).meta({ description: 'People who have left since it was stored.' }),
    updatedAt: instant,
    updatedBy: z.string(),
  })
  .meta({ id: 'Schedule' });
export type ScheduleView = z.infer<typeof scheduleView>;

export const deletedSchedule = z
  .object({ id: scheduleId, version })
  .meta({ id: 'DeletedSchedule' });

export const scheduleVersionView = z
  .object({
    version,
    definition: scheduleDefinition.nullable().meta({ description: 'Null: it was deleted.' }),
    calendar: z.string().nullable().meta({ description: 'The host, or `file`.' }),
    at: instant,
    by: z.string(),
  })
  .meta({ id: 'ScheduleVersion' });
export type ScheduleVersionView = z.infer<typeof scheduleVersionView>;

export const onCallView = z
  .object({ schedule: scheduleId, name: z.string(), version, at: instant, ...outlook })
  .meta({ id: 'OnCall' });
export type OnCallView = z.infer<typeof onCallView>;

export const onCallList = z.object({ at: instant, items: z.array(onCallView) });
export type OnCallList = z.infer<typeof onCallList>;

export const shiftsView = z
  .object({
    schedule: scheduleId,
    version,
    from: instant,
    to: instant,
    shifts: z.array(shiftView),
    gaps: z.array(stretch).meta({ description: 'When nobody is on call.' }),
    overlaps: z
      .array(stretch.extend({ people: z.array(person) }))
      .meta({ description: 'When more than one person is on call.' }),
  })
  .meta({ id: 'Shifts' });
export type ShiftsView = z.infer<typeof shiftsView>;

const share = z.object({ count: z.number().int(), ms: z.number().int() });

export const fairnessView = z
  .object({
    schedule: scheduleId,
    version,
    from: instant,
    to: instant,
    people: z.array(
      z.object({
        person,
        shifts: z.number().int(),
        ms: z.number().int(),
        nights: share.meta({ description: 'From 22:00 to 06:00.' }),
        weekends: share.meta({ description: 'Saturday and Sunday together are one.' }),
        holidays: share,
      }),
    ),
  })
  .meta({ id: 'Fairness', description: "By the wall clock of the schedule's zone." });
export type FairnessView = z.infer<typeof fairnessView>;

export const newOverride = z
  .object({
    kind: z.enum(['add', 'remove', 'replace']),
    person,
    insteadOf: person.optional().meta({
      description: 'With `replace`: whose place is taken; left out: that of everybody.',
    }),
    from: instant.meta({ description: 'It begins now at the earliest.' }),
    to: instant,
  })
  .meta({ id: 'NewOverride' });

export const overrideView = z
  .object({
    id: z.string(),
    schedule: scheduleId,
    kind: z.enum(['add', 'remove', 'replace']),
    person,
    insteadOf: person.nullable(),
    from: instant,
    to: instant,
    swap: z.string().nullable().meta({ description: 'The swap that made it.' }),
    madeAt: instant,
    madeBy: z.string(),
    withdrawnAt: instant.nullable(),
  })
  .meta({ id: 'Override' });
export type OverrideView = z.infer<typeof overrideView>;

export const madeOverride = overrideView
  .extend({ gaps: z.array(stretch).meta({ description: 'When nobody is on call meanwhile.' }) })
  .meta({ id: 'MadeOverride' });
export type MadeOverrideView = z.infer<typeof madeOverride>;

export const newSwap = z
  .object({
    by: person.optional().meta({ description: 'Whose shifts; left out: yours.' }),
    to: person.meta({ description: 'Who is asked to take them.' }),
    shift: stretch,
    forShift: stretch
      .optional()
      .meta({ description: 'The shifts of `to` in return; left out: a favour.' }),
  })
  .meta({ id: 'NewSwap' });

export const swapView = z
  .object({
    id: z.string(),
    schedule: scheduleId,
    state: z.enum(['asked', 'accepted', 'declined', 'withdrawn', 'expired']),
    by: person,
    to: person,
    askedBy: z.string(),
    askedAt: instant,
    answeredAt: instant.nullable(),
    gives: z.array(shiftView),
    takes: z.array(shiftView),
    allowed: z
      .array(z.enum(['accept', 'decline', 'withdraw']))
      .meta({ description: 'What you may do with it now.' }),
  })
  .meta({ id: 'Swap' });
export type SwapView = z.infer<typeof swapView>;

export const calendarAddress = z
  .strictObject({
    url: z
      .string()
      .max(2000, 'must have at most 2000 characters')
      .regex(/^(https?|webcals?):\/\//i, 'must be an http, https or webcal address'),
  })
  .meta({ id: 'CalendarAddress' });

export const importPreview = z
  .object({
    from: z.string(),
    people: z.array(z.object({ person, shifts: z.number().int() })),
    total: z.number().int().meta({ description: 'Shifts from 31 days ago to 400 days ahead.' }),
    shifts: z
      .array(z.object({ person, from: instant, to: instant, uid: z.string() }))
      .meta({ description: 'The first 100 that are still to come.' }),
    gaps: z.array(stretch).meta({ description: 'In the coming 28 days, layers included.' }),
  })
  .meta({ id: 'ImportPreview' });
export type ImportPreviewView = z.infer<typeof importPreview>;

export const feedView = z
  .object({
    id: z.string(),
    schedule: scheduleId.nullable(),
    person: person.nullable(),
    createdAt: instant,
    createdBy: z.string(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'Feed' });
export type FeedView = z.infer<typeof feedView>;

export const createdFeed = feedView
  .extend({
    url: z.string().nullable().meta({
      description: 'Shown this once. Null when the request was a repeat: the first answer had it.',
    }),
  })
  .meta({ id: 'CreatedFeed' });
export type CreatedFeedView = z.infer<typeof createdFeed>;
