import { z } from 'zod';
import { calendarSchema } from './calendar.ts';
import { channelKind } from './channelKinds.ts';
import { escalationSchema } from './escalation/schema.ts';
import { intakeSchema } from './intake/policy.ts';
import { name, positive, priority } from './policyParts.ts';

const level = z.number().int().min(1).max(9);
const priorityKey = z.string().regex(/^[1-5]$/, 'must be a priority from 1 to 5');

const targetSchema = z.strictObject({ within: positive, calendar: name });

/** The targets of one clock, by priority; a priority that is not named has no target. */
const targets = z.record(priorityKey, targetSchema);

const serviceLevel = z.strictObject({
  respond: targets.default({}),
  resolve: targets.default({}),
  autoClose: targetSchema.optional(),
});

const holdReason = z.strictObject({
  pausesResolve: z.boolean(),
  /** A comment must say what is waited for. */
  needsComment: z.boolean().default(false),
  /** A comment of the requester ends the hold. */
  answerResumes: z.boolean().default(false),
  /** When the owner is asked to look again, unless the hold says otherwise. */
  followUpAfter: positive.optional(),
});

const majorIncident = z.strictObject({
  proposeAt: z.array(priority).default([]),
  /** How often the stakeholders are owed an update. */
  updateEvery: positive.prefault('30m'),
  /** How soon after its end the review is due. */
  reviewWithin: positive.prefault('3d'),
  stakeholders: z.array(name).default([]),
});

const service = z.strictObject({
  name: z.string().min(1).max(200),
  team: name,
  serviceLevel: name,
  escalation: name.optional(),
  /** The services that it cannot do without: while one of them has an open incident that paged, a page for this one is held back. */
  dependsOn: z.array(name).max(100).default([]),
});

const person = z.strictObject({
  name: z.string().min(1).max(200),
  email: z.email().optional(),
  /** Where signed CloudEvents are sent for this person. */
  webhook: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  /** The calendar of the hours in which this person works; absent: no hour is outside of them. */
  workingHours: name.optional(),
  active: z.boolean().default(true),
});

/** A place that many people read, such as a Slack channel. */
const namedChannel = z.strictObject({
  kind: channelKind,
  /** What the kind needs to know: a channel's id, a topic, a webhook's address … */
  address: z.string().min(1).max(2000),
});

const team = z.strictObject({
  name: z.string().min(1).max(200),
  lead: name.optional(),
  members: z.array(name).default([]),
});

/** When people are warned of what an escalation's schedules do not cover: nobody is on call, or somebody whom no page reaches. */
const onCall = z.strictObject({
  /** How long before it begins, each once. The last one is worth waking somebody; without any nobody is warned. */
  warnBefore: z.array(positive).max(5).prefault(['24h', '1h']),
  /** Schedules that are meant to have nobody on call at times. */
  mayHaveGaps: z.array(name).default([]),
});

const severity = z.strictObject({ impact: level, urgency: level });

/** How Alertmanager's labels become an incident: the label's value is looked up, what is unknown falls to the default. */
const alertmanager = z.strictObject({
  serviceLabel: z.string().min(1).default('service'),
  itemLabel: z.string().min(1).default('instance'),
  severityLabel: z.string().min(1).default('severity'),
  severities: z.record(z.string(), severity).default({}),
  defaultSeverity: severity,
  /** When all alerts ended: resolve the incident also while a person works on it. */
  resolvesWorkInProgress: z.boolean().default(false),
  /** A group that fires again so soon after its incident was resolved or closed reopens it; later it opens one that is linked to it. */
  reopenWithin: positive.prefault('1d'),
  /** How long after its end a repeated notification says that the service is not restored after all: an alert that fires on then counts as one that fires again. */
  stillFiringAfter: positive.prefault('4h'),
});

/** The parts of a policy, each by itself; whether they fit together: policyChecks.ts. */
export const policyShape = z.strictObject({
  /** Priority by impact (row, 1 is the highest) and urgency (column). */
  priority: z.strictObject({
    matrix: z.array(z.array(priority).min(1)).min(1),
  }),
  calendars: z.record(name, calendarSchema),
  serviceLevels: z.record(name, serviceLevel),
  /** Reasons to put a record on hold, and whether the resolve clock pauses for each. */
  holdReasons: z.record(name, holdReason),
  /** Which priorities are proposed as major incidents, and how one is led. */
  majorIncident: majorIncident.prefault({}),
  /** How long after its end a manager may reopen a closed record. */
  reopenWithin: positive.prefault('14d'),
  people: z.record(name, person),
  teams: z.record(name, team),
  services: z.record(name, service),
  defaultService: name,
  channels: z.record(name, namedChannel).default({}),
  escalations: z.record(name, escalationSchema),
  onCall: onCall.prefault({}),
  alertmanager,
  intake: intakeSchema.prefault({}),
  /** How many messages one person or place gets by one channel in so long; more go along with the last one. */
  notificationLimit: z
    .strictObject({
      messages: z.number().int().min(1).max(1_000).default(20),
      per: positive.prefault('1m'),
    })
    .prefault({}),
});

export type PolicyShape = z.infer<typeof policyShape>;
