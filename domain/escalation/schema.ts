import { z } from 'zod';
import { timeZoneSchema } from '../calendar.ts';
import { weekdays } from '../onCall/schedule.ts';
import { duration, name, positive, priority } from '../policyParts.ts';
import { MINUTE } from '../time.ts';
import { stepIssues } from './loops.ts';

const MOST_STEPS = 20;
const MOST_TARGETS = 50;

const person = z.strictObject({ person: name });
const team = z.strictObject({
  team: name,
  /** One member, another one each time, instead of all. */
  roundRobin: z.boolean().default(false),
});
const schedule = z.strictObject({ schedule: name });
const channel = z.strictObject({ channel: name });

const receivers = z
  .array(
    z.union([person, team, schedule], 'must be {person: name}, {team: name} or {schedule: name}'),
  )
  .max(MOST_TARGETS);

const targets = z
  .array(
    z.union(
      [person, team, schedule, channel],
      'must be {person: name}, {team: name}, {schedule: name} or {channel: name}',
    ),
  )
  .max(MOST_TARGETS);

/** When a step is taken; all that is named must hold. A step whose conditions do not hold is passed over, and does not wait. */
const when = z
  .strictObject({
    priorities: z.array(priority).min(1, 'must name at least one priority').optional(),
    weekdays: z
      .array(z.enum(weekdays, 'must be a weekday such as "monday"'))
      .min(1, 'must name at least one weekday')
      .optional(),
    /** Whose weekdays are meant. */
    timeZone: timeZoneSchema('name the time zone, such as "Europe/Berlin"').optional(),
    /** A calendar that must be open. */
    open: name.optional(),
    /** A calendar that must be closed. */
    closed: name.optional(),
    /** Only people who are within their own working hours; who has none is always within them. */
    workingHours: z.literal(true, 'must be true, or be left out').optional(),
  })
  .refine(({ weekdays: days, timeZone }) => (days === undefined) === (timeZone === undefined), {
    path: ['timeZone'],
    error: 'goes together with "weekdays": give both, or neither',
  });

const jump = z.union(
  [
    name.transform((step) => ({ step, times: 1 })),
    z.strictObject({ step: name, times: z.number().int().min(1).max(20).default(1) }),
  ],
  'must be the name of a step, or {step: name, times: 1 to 20}',
);

const step = z.strictObject({
  /** What `jumpTo` calls it. */
  name: name.optional(),
  to: targets,
  /** How long to wait for an answer before the next step. */
  wait: duration,
  /** How many different people of the step must acknowledge. */
  acknowledgedBy: z.number().int().min(1).max(10).default(1),
  when: when.optional(),
  /** Which step comes next instead of the following one, so many times in each round. */
  jumpTo: jump.optional(),
});

const catchAll = z.strictObject({
  to: receivers.min(1, 'must name at least one person, team or schedule'),
  wait: positive.prefault('10m'),
});

const whenExhausted = z.strictObject({
  /** Who hears that nobody answered. Nobody named: the lead of the record's team. */
  tell: targets.default([]),
  /** How long after that the escalation begins anew, until somebody acknowledges. */
  every: positive.refine((ms) => ms >= MINUTE, 'must be at least 1m').prefault('30m'),
});

/** An escalation policy: whom to page, in which order, until somebody acknowledges. */
export const escalationSchema = z
  .strictObject({
    /** Which priorities page at all. */
    priorities: z.array(priority).min(1, 'must name at least one priority'),
    steps: z.array(step).min(1, 'must have at least one step').max(MOST_STEPS),
    /** How often all steps are gone through again when nobody answered. */
    repeat: z.number().int().min(0).max(20).default(0),
    /** Whom to page after the last step of the last round. */
    catchAll: catchAll.optional(),
    whenExhausted: whenExhausted.prefault({}),
    /** How soon work must begin once somebody acknowledged, or else the escalation begins anew. */
    rePageAfter: positive.optional(),
  })
  .superRefine(({ steps, repeat }, context) => {
    for (const { path, message } of stepIssues(steps, repeat)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

export type Escalation = z.output<typeof escalationSchema>;
export type Step = Escalation['steps'][number];
export type Target = Step['to'][number];
export type When = z.output<typeof when>;
