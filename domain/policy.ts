import { z } from 'zod';
import { calendarSchema, makeCalendar } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import { channelKinds } from './channelKinds.ts';
import type { Target } from './clock.ts';
import type { InputIssue, Result } from './errors.ts';
import { referencesOf } from './escalation/check.ts';
import { unanswerableSteps, unreachableEscalations } from './escalation/reach.ts';
import { escalationSchema } from './escalation/schema.ts';
import { parseInput, refuseInput } from './input.ts';
import { intakeIssues, intakeSchema } from './intake/policy.ts';
import { dependencyIssues } from './maintenance/dependencies.ts';
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
  kind: z.enum(channelKinds, `must be one of ${channelKinds.join(', ')}`),
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

const shape = z.strictObject({
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

type Shape = z.infer<typeof shape>;
type Refer = (table: keyof Shape, key: string | undefined, ...path: (string | number)[]) => void;

function checkMatrix(
  body: Shape,
  complain: (message: string, ...path: (string | number)[]) => void,
): void {
  const width = body.priority.matrix[0]?.length ?? 0;
  body.priority.matrix.forEach((row, index) => {
    if (row.length !== width) {
      complain(
        `must have ${width} columns like the first row: the matrix is incomplete`,
        'priority',
        'matrix',
        index,
      );
    }
  });
  const severities = {
    ...body.alertmanager.severities,
    default: body.alertmanager.defaultSeverity,
  };
  for (const [key, { impact, urgency }] of Object.entries(severities)) {
    if (body.priority.matrix[impact - 1]?.[urgency - 1] === undefined) {
      complain(
        `impact ${impact} and urgency ${urgency} are not in the priority matrix`,
        'alertmanager',
        'severities',
        key,
      );
    }
  }
}

function checkReferences(body: Shape, refer: Refer): void {
  for (const [key, value] of Object.entries(body.serviceLevels)) {
    for (const clock of ['respond', 'resolve'] as const) {
      for (const [of, target] of Object.entries(value[clock])) {
        refer('calendars', target.calendar, 'serviceLevels', key, clock, of, 'calendar');
      }
    }
    refer('calendars', value.autoClose?.calendar, 'serviceLevels', key, 'autoClose', 'calendar');
  }
  for (const [key, value] of Object.entries(body.teams)) {
    refer('people', value.lead, 'teams', key, 'lead');
    value.members.forEach((member, index) => {
      refer('people', member, 'teams', key, 'members', index);
    });
  }
  for (const [key, value] of Object.entries(body.services)) {
    refer('teams', value.team, 'services', key, 'team');
    refer('serviceLevels', value.serviceLevel, 'services', key, 'serviceLevel');
    refer('escalations', value.escalation, 'services', key, 'escalation');
    value.dependsOn.forEach((other, index) => {
      refer('services', other, 'services', key, 'dependsOn', index);
    });
  }
  for (const [key, value] of Object.entries(body.people)) {
    refer('calendars', value.workingHours, 'people', key, 'workingHours');
  }
  for (const [key, value] of Object.entries(body.escalations)) referencesOf(key, value, refer);
  body.majorIncident.stakeholders.forEach((person, index) => {
    refer('people', person, 'majorIncident', 'stakeholders', index);
  });
  refer('services', body.defaultService, 'defaultService');
}

/** The whole policy as data: what the organisation decided, in one file. Names that refer to nothing and incomplete tables are refused when it is loaded. */
export const policySchema = shape.superRefine((body, context) => {
  const complain = (message: string, ...path: (string | number)[]): void => {
    context.addIssue({ code: 'custom', message, path });
  };
  checkMatrix(body, complain);
  for (const { path, message } of dependencyIssues(body.services)) complain(message, ...path);
  const { services, alertmanager } = body;
  const around = {
    ...{ services, severities: alertmanager.severities },
    isInMatrix: ({ impact, urgency }: { impact: number; urgency: number }) =>
      body.priority.matrix[impact - 1]?.[urgency - 1] !== undefined,
  };
  for (const { path, message } of intakeIssues(body.intake, around)) complain(message, ...path);
  checkReferences(body, (table, key, ...path) => {
    const known = body[table] as Record<string, unknown>;
    if (key === undefined || Object.hasOwn(known, key)) return;
    const names = Object.keys(known).join(', ');
    complain(
      `"${key}" is not in ${table}, which has: ${names === '' ? 'nothing yet' : names}`,
      ...path,
    );
  });
});

/** As written in a file, before defaults are filled in. */
export type PolicyInput = z.input<typeof policySchema>;
export type PolicyBody = z.output<typeof policySchema>;
export type Service = PolicyBody['services'][string];

/** A policy that was loaded: its data, its hash (which names it in every event that it decided) and its calendars made. */
export interface Policy {
  readonly hash: string;
  readonly body: PolicyBody;
  calendar(name: string): Calendar;
}

/** @param hash of the policy as stored; see records/policies.ts */
export function makePolicy(hash: string, body: PolicyBody): Policy {
  const calendars = new Map(
    Object.entries(body.calendars).map(([key, definition]) => [key, makeCalendar(key, definition)]),
  );
  return {
    hash,
    body,
    calendar(key) {
      const calendar = calendars.get(key);
      if (calendar === undefined) throw new Error(`policy ${hash} has no calendar "${key}"`);
      return calendar;
    },
  };
}

/** What a new policy is refused for though every part of it is well-formed. One that was stored before this was asked may have some. */
export function policyIssues(body: PolicyBody): InputIssue[] {
  return [...unreachableEscalations(body), ...unanswerableSteps(body)];
}

/** Checks a policy's data. Every fault is named by its place in the file. */
export function parsePolicy(data: unknown): Result<PolicyBody> {
  const parsed = parseInput(policySchema, data);
  if (!parsed.ok) return parsed;
  const issues = policyIssues(parsed.value);
  return issues.length === 0 ? parsed : refuseInput(issues);
}

function without(data: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  const copy: unknown = structuredClone(data);
  const table = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], copy);
  for (const key of keys) Reflect.deleteProperty(table as object, key);
  return copy;
}

/**
 * Reads a policy that was stored, perhaps by another version. Fields that came later have their defaults, as in every file; fields that this version
 * does not know, and which decide nothing in it, are left out, where a new file with them would be refused; and it was perhaps accepted before `parsePolicy` asked that every
 * escalation can reach somebody.
 */
export function parseStoredPolicy(data: unknown): Result<PolicyBody> {
  const unknown = policySchema
    .safeParse(data)
    .error?.issues.filter((issue) => issue.code === 'unrecognized_keys');
  const read = (unknown ?? []).reduce((left, { path, keys }) => without(left, path, keys), data);
  return parseInput(policySchema, read);
}

/** The entry of a policy's table by a caller's key; undefined for what only every object has (`constructor`). */
export function entry<T>(table: Readonly<Record<string, T>>, key: string | null): T | undefined {
  return key !== null && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The service's entry; the default service's when the record names none or one that the policy dropped. */
export function serviceOf(policy: Policy, key: string | null): { key: string; service: Service } {
  const { services, defaultService } = policy.body;
  const found = entry(services, key);
  if (key !== null && found !== undefined) return { key, service: found };
  const service = services[defaultService];
  if (service === undefined) throw new Error(`policy ${policy.hash} lost its default service`);
  return { key: defaultService, service };
}

/** The priority of an impact and an urgency by the matrix; undefined when they lie outside of it. */
export function priorityOf(
  policy: Policy,
  { impact, urgency }: { readonly impact: number; readonly urgency: number },
): number | undefined {
  return policy.body.priority.matrix[impact - 1]?.[urgency - 1];
}

/** The target of a service's clock for a priority: undefined when the service level sets none. */
export function targetOf(
  policy: Policy,
  service: string | null,
  clock: 'respond' | 'resolve' | 'autoClose',
  priority: number,
): Target | undefined {
  const { serviceLevel } = serviceOf(policy, service).service;
  const level = policy.body.serviceLevels[serviceLevel];
  const path = `serviceLevels.${serviceLevel}.${clock}`;
  if (clock === 'autoClose') return level?.autoClose && { ...level.autoClose, rule: path };
  const target = level?.[clock][String(priority)];
  return target && { ...target, rule: `${path}.${priority}` };
}
