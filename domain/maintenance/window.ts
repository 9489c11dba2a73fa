import { z } from 'zod';
import { timeZoneSchema } from '../calendar.ts';
import { weekdays } from '../onCall/schedule.ts';
import { positive } from '../policyParts.ts';
import { freeText, identifier, instant } from '../text.ts';
import { DAY, fromIso } from '../time.ts';
import type { Instant } from '../time.ts';

const MOST_DAYS = 366;
/** So long an occurrence of a recurring window may last. */
export const LONGEST = 7 * DAY;
const MOST_NAMES = 200;

const names = z.array(identifier()).min(1, 'must name at least one').max(MOST_NAMES);

/** Everything, or what is about one of the services or one of the configuration items. */
const covers = z.union(
  [
    z.literal('everything'),
    z
      .strictObject({ services: names.optional(), items: names.optional() })
      .refine(
        ({ services, items }) => services !== undefined || items !== undefined,
        'must name services, items or both',
      ),
  ],
  'must be "everything", or name services, items or both',
);

const once = z
  .strictObject({ kind: z.literal('once'), from: instant(), to: instant() })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'must be later than "from"' })
  .refine(({ from, to }) => to - from <= MOST_DAYS * DAY, {
    path: ['to'],
    error: `must be at most ${MOST_DAYS} days after "from"`,
  });

const date = z.iso
  .date('must be a date such as "2026-11-23"')
  .refine((text) => text >= '1970' && text < '2200', 'must be a date from 1970 to 2199');

/** Begins on each of the weekdays at the same time of the wall clock, and lasts as long each time. */
const weekly = z
  .strictObject({
    kind: z.literal('weekly'),
    timeZone: timeZoneSchema('name the time zone, such as "Europe/Berlin"'),
    weekdays: z
      .array(z.enum(weekdays, 'must be a weekday such as "monday"'))
      .min(1, 'must name at least one weekday'),
    time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "22:00"'),
    lasts: positive.refine((ms) => ms <= LONGEST, 'must be at most 7d'),
    /** The first and the last date on which it may begin. */
    from: date,
    until: date,
  })
  .refine(({ from, until }) => from <= until, {
    path: ['until'],
    error: 'must not be before "from"',
  })
  .refine(({ from, until }) => fromIso(until) - fromIso(from) <= MOST_DAYS * DAY, {
    path: ['until'],
    error: `must be at most ${MOST_DAYS} days after "from"`,
  });

/** A maintenance window as people write it: while it stands, pages about what it covers are held back. */
export const windowSchema = z.strictObject({
  /** Why, in people's words. */
  reason: freeText(500),
  covers,
  when: z.discriminatedUnion('kind', [once, weekly], 'must have the kind "once" or "weekly"'),
});

/** As parsed: instants are epoch milliseconds, the reason is the id of its text. */
export type WindowDefinition = z.output<typeof windowSchema>;

/** A window that stands, with the occurrences that were ended early or extended, by their beginnings. */
export type MaintenanceWindow = WindowDefinition & {
  readonly id: string;
  readonly changedEnds: readonly { readonly from: Instant; readonly to: Instant }[];
};
