import { z } from 'zod';
import { makeCalendar, timeZoneSchema } from '../calendar.ts';
import { weekdays } from '../onCall/schedule.ts';
import { duration } from '../policyParts.ts';
import { DAY } from '../time.ts';
import type { Instant } from '../time.ts';

const MOST_METHODS = 10;

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "22:00"');

const method = z.strictObject({
  /** The id of a contact method. */
  method: z.string().min(1, 'must name a contact method').max(64),
  /** How long after the page, when nobody has answered by then. */
  after: duration.refine((ms) => ms <= DAY, 'must be at most 1d').prefault('0s'),
});

const methods = z
  .array(method)
  .min(1, 'must have at least one method; leave it out to be reached by all that are verified')
  .max(MOST_METHODS, `must have at most ${MOST_METHODS} methods`)
  .superRefine((list, context) => {
    list.forEach(({ after }, index) => {
      if (after >= (list[index - 1]?.after ?? 0)) return;
      const message = 'must not come before the method above it; list them in order';
      context.addIssue({ code: 'custom', path: [index, 'after'], message });
    });
  });

const quietHours = z
  .strictObject({
    timeZone: timeZoneSchema('name the time zone, such as "Europe/Berlin"'),
    from: timeOfDay,
    /** Of the next day when it is not later than `from`. */
    to: timeOfDay,
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'must be another time than "from": a whole day of quiet would hold messages for ever',
  });

/** How a person wants to be reached. What is left out falls to the default: all verified methods at once. */
export const notificationRulesSchema = z.strictObject({
  /** For what is worth waking somebody. */
  interrupting: methods.optional(),
  /** For what can wait until the person looks. */
  deferrable: methods.optional(),
  /** When no deferrable message is sent; it waits for their end. */
  quietHours: quietHours.optional(),
});

export type NotificationRules = z.output<typeof notificationRulesSchema>;
export type Urgency = 'interrupting' | 'deferrable';

/** The hours that are not quiet, on each day. */
function loudHours(from: string, to: string): string[] {
  if (from > to) return [`${to}-${from}`];
  return [...(from === '00:00' ? [] : [`00:00-${from}`]), `${to}-24:00`];
}

/** The instant itself when it is not in quiet hours, else their end. */
export function afterQuietHours(rules: NotificationRules, at: Instant): Instant {
  if (rules.quietHours === undefined) return at;
  const { timeZone, from, to } = rules.quietHours;
  const hours = loudHours(from, to);
  const week = Object.fromEntries(weekdays.map((day) => [day, hours]));
  return makeCalendar('quiet hours', { timeZone, week, holidays: [] }).nextOpen(at);
}
