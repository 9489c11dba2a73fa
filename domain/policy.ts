import { z } from 'zod';
import { calendarSchema, makeCalendar } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import type { Target } from './clock.ts';
import type { Result } from './errors.ts';
import { parseInput } from './input.ts';
import { DAY, parseDuration } from './time.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name of letters, digits and _.-');

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: 'custom',
    message: 'must be a duration such as 30s, 15m, 4h, 1h30m or 5d',
  });
  return z.NEVER;
});

const positive = duration
  .refine((ms) => ms > 0, 'must be longer than nothing')
  .refine((ms) => ms <= 366 * DAY, 'must be at most 366d');

const level = z.number().int().min(1).max(9);
const priority = z.number().int().min(1).max(5);
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

const receiver = z.union(
  [z.strictObject({ person: name }), z.strictObject({ team: name })],
  'must be {person: name} or {team: name}',
);

const step = z.strictObject({
  to: z.array(receiver),
  /** How long to wait for an answer before the next step. */
  wait: duration,
});

const escalation = z
  .strictObject({
    /** Which priorities page at all. */
    priorities: z.array(priority).min(1, 'must name at least one priority'),
    steps: z.array(step).min(1, 'must have at least one step').max(20),
    /** How often all steps are gone through again when nobody answered. */
    repeat: z.number().int().min(0).max(20).default(0),
  })
  .refine(
    (value) => value.repeat === 0 || value.steps.some(({ wait }) => wait > 0),
    'repeats without a wait: give at least one step a wait, or it pages without end',
  );

const service = z.strictObject({
  name: z.string().min(1).max(200),
  team: name,
  serviceLevel: name,
  escalation: name.optional(),
});

const person = z.strictObject({
  name: z.string().min(1).max(200),
  email: z.email().optional(),
  /** Where signed CloudEvents are sent for this person. */
  webhook: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  active: z.boolean().default(true),
});

const team = z.strictObject({
  name: z.string().min(1).max(200),
  lead: name.optional(),
  members: z.array(name).default([]),
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
  escalations: z.record(name, escalation),
  alertmanager,
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
  }
  for (const [key, value] of Object.entries(body.escalations)) {
    value.steps.forEach(({ to }, index) => {
      to.forEach((target, place) => {
        const at = ['escalations', key, 'steps', index, 'to', place];
        if ('person' in target) refer('people', target.person, ...at);
        else refer('teams', target.team, ...at);
      });
    });
  }
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
export type Escalation = PolicyBody['escalations'][string];

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

/** Checks a policy's data. Every fault is named by its place in the file. */
export function parsePolicy(data: unknown): Result<PolicyBody> {
  return parseInput(policySchema, data);
}

function without(data: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  const copy: unknown = structuredClone(data);
  const table = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], copy);
  for (const key of keys) Reflect.deleteProperty(table as object, key);
  return copy;
}

/**
 * Reads a policy that was stored, perhaps by another version. Fields that came later have their defaults, as in every file; fields that this version
 * does not know, and which decide nothing in it, are left out, where a new file with them would be refused.
 */
export function parseStoredPolicy(data: unknown): Result<PolicyBody> {
  const unknown = policySchema
    .safeParse(data)
    .error?.issues.filter((issue) => issue.code === 'unrecognized_keys');
  if (unknown === undefined || unknown.length === 0) return parsePolicy(data);
  return parsePolicy(unknown.reduce((left, { path, keys }) => without(left, path, keys), data));
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

/** The people whom an escalation's step means, each once, without those who are not active. */
export function receiversOf(policy: Policy, to: Escalation['steps'][number]['to']): string[] {
  const people = to.flatMap((target) =>
    'person' in target ? [target.person] : (policy.body.teams[target.team]?.members ?? []),
  );
  return [...new Set(people)].filter((key) => policy.body.people[key]?.active === true);
}

export const channels = ['email', 'webhook'] as const;
export type Channel = (typeof channels)[number];

/** The channels by which a person can be reached. */
export function channelsOf(policy: Policy, person: string): Channel[] {
  const entry = policy.body.people[person];
  return channels.filter((channel) => entry?.active === true && entry[channel] !== undefined);
}
