import { z } from 'zod';
import { personRoles } from '../domain/actor.ts';
import { answerVia } from './contract/notifications.ts';

/** The shapes that the API takes and gives: OpenAPI is made of them, and its clients (CLI, console) take their types from here. */

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });

export const problemIssue = z.object({
  pointer: z
    .string()
    .optional()
    .meta({ description: 'Where in the body: a JSON Pointer (RFC 6901).' }),
  parameter: z.string().optional().meta({ description: 'Which query parameter.' }),
  header: z.string().optional().meta({ description: 'Which header.' }),
  detail: z.string(),
});
export type ProblemIssue = z.infer<typeof problemIssue>;

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    errors: z.array(problemIssue).optional(),
    allowed: z
      .array(z.string())
      .optional()
      .meta({ description: 'With 409: the commands that are possible now.' }),
    traceId: z.string(),
  })
  .meta({ id: 'Problem', description: 'Problem Details (RFC 9457).' });
export type Problem = z.infer<typeof problemSchema>;

export const clockView = z
  .object({
    state: z.enum(['running', 'paused', 'stopped']),
    dueAt: instant
      .nullable()
      .meta({ description: 'Null while the clock is paused before it or has no target.' }),
    target: z.string().meta({ description: 'For people, such as "4 h".' }),
    withinMs: z.number().int(),
    calendar: z.string(),
    rule: z.string().meta({ description: 'The place in the policy that sets the target.' }),
    breachedAt: instant.nullable(),
    stoppedAt: instant.nullable(),
    warnings: z.array(
      z.object({ share: z.number(), dueAt: instant.nullable(), notedAt: instant.nullable() }),
    ),
  })
  .meta({ id: 'Clock' });
export type ClockView = z.infer<typeof clockView>;

/** What every record has, whatever its process. */
export const recordView = z.looseObject({
  number: z.string().meta({ example: 'INC-1042' }),
  process: z.string(),
  state: z.string(),
  clocks: z
    .record(z.string(), clockView)
    .meta({ description: 'Empty for people who only ask: they see the state, not the goals.' }),
  openedAt: instant,
  updatedAt: instant,
  seq: z.number().int().meta({ description: 'How many events it has; also its ETag.' }),
  version: z.number().int().meta({ description: "The definition's version that decided last." }),
  policy: z.string().meta({ description: 'The hash of the policy that decided last.' }),
});
export type RecordView = z.infer<typeof recordView>;

/** Left out for people who only ask. */
const internal = <Shape extends z.ZodType>(shape: Shape) =>
  shape.optional().meta({ description: 'Not shown to requesters.' });

export const incidentView = recordView
  .extend({
    title: z.string(),
    description: z.string().nullable(),
    service: z.string(),
    ci: z.string().nullable(),
    category: z.string().nullable(),
    channel: z.enum(['portal', 'phone', 'mail', 'monitoring', 'in person']).nullable(),
    externalReference: z.string().nullable(),
    impact: z.number().int(),
    urgency: z.number().int(),
    priority: z.number().int(),
    requester: z.string(),
    openedBy: z.string(),
    watchers: z.array(z.string()),
    team: z.string(),
    assignee: z.string().nullable(),
    detectedAt: instant.nullable(),
    startedAt: instant.nullable(),
    restoredAt: instant.nullable(),
    answeredAt: internal(instant.nullable()),
    answeredBy: internal(z.string().nullable()),
    respondedAt: internal(instant.nullable()),
    escalateAnyway: internal(z.boolean()),
    escalation: internal(z.string().nullable()),
    exhausted: internal(z.boolean()),
    paged: internal(
      z
        .object({
          people: z.array(z.unknown()),
          channels: z.array(z.string()),
          dropped: z.array(z.unknown()),
          acknowledgedBy: z.number().int(),
        })
        .nullable()
        .meta({
          description:
            'The page that waits for an answer: whom it meant and why, who was left out.',
        }),
    ),
    pagedPeople: internal(z.array(z.string())),
    /** Of the policy's channels. */
    pagedPlaces: internal(z.array(z.string())),
    acknowledgedBy: internal(z.array(z.string())),
    acknowledgedSince: internal(z.array(z.string())),
    pageAgainAt: internal(instant.nullable()),
    snoozed: internal(z.boolean()),
    heldBy: internal(
      z
        .object({ by: z.enum(['window', 'incident']), id: z.string() })
        .nullable()
        .meta({
          description:
            'What holds its pages back: a maintenance window, or an incident that it depends on.',
        }),
    ),
    holdReason: z.string().nullable(),
    followUpAt: internal(instant.nullable()),
    resolutionCode: z.string().nullable(),
    resolutionNotes: z.string().nullable(),
    resolvedAt: instant.nullable(),
    closedAt: instant.nullable(),
    reopens: z.number().int(),
    reassignments: internal(z.number().int()),
    minutesWorked: internal(z.number().int()),
    attachments: internal(z.number().int()),
    attachedBytes: internal(z.number().int()),
    parent: internal(z.string().nullable()),
    duplicateOf: internal(z.string().nullable()),
    follows: internal(z.string().nullable()),
    problem: internal(z.string().nullable()),
    change: internal(z.string().nullable()),
    major: internal(z.enum(['none', 'proposed', 'accepted', 'demoted'])),
    commander: internal(z.string().nullable()),
    nextUpdateAt: internal(instant.nullable()),
    reviewDueAt: internal(instant.nullable()),
    reviewNotes: internal(z.string().nullable()),
    alerts: internal(z.object({ firing: z.number().int(), resolved: z.number().int() }).nullable()),
  })
  .meta({ id: 'Incident' });

/** A process's record in OpenAPI; one that is not listed is described by what all records have. */
export const recordViews: Readonly<Partial<Record<string, z.ZodObject>>> = {
  incident: incidentView,
};

export function page<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'For the next page, as `cursor`; null on the last one.' }),
  });
}
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export const actorView = z.object({
  kind: z.enum(['person', 'integration', 'system']),
  id: z.string(),
});

export const timelineEntry = z
  .object({
    kind: z.enum(['event', 'delivery']),
    at: instant.meta({ description: 'When it took effect; for a timer its due moment.' }),
    recordedAt: instant,
    type: z.string(),
    summary: z.string(),
    actor: actorView,
    seq: z.number().int().optional().meta({ description: "An event's number." }),
    policy: z.string().optional().meta({ description: 'The policy that decided the event.' }),
    version: z.number().int().optional(),
    data: z.record(z.string(), z.unknown()),
    origin: z
      .object({
        effect: z
          .string()
          .meta({ description: 'The key of the message.', example: 'INC-1042/17/2' }),
        channel: z.string(),
        via: answerVia,
      })
      .optional()
      .meta({ description: 'Of an answer to a page: which message was answered, and how.' }),
  })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof timelineEntry>;

export const commandView = z
  .object({
    name: z.string(),
    does: z.string(),
    input: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the body.' }),
  })
  .meta({ id: 'Command' });
export type CommandView = z.infer<typeof commandView>;
export const commandList = z.object({ items: z.array(commandView) });

export const explanation = z
  .object({
    about: z.string().meta({ description: 'A field, a clock or a page.' }),
    kind: z.enum(['field', 'deadline', 'page']),
    sentence: z.string(),
    at: instant,
    seq: z.number().int().meta({ description: 'The event that decided it.' }),
    rule: z.string(),
    facts: z.record(z.string(), z.unknown()),
    result: z.unknown(),
    policy: z.string(),
    version: z.number().int(),
    current: z.boolean().meta({ description: 'False when a later event decided it anew.' }),
  })
  .meta({ id: 'Explanation' });
export const explanationList = z.object({
  number: z.string(),
  seq: z.number().int(),
  items: z.array(explanation),
});
export type ExplanationList = z.infer<typeof explanationList>;

const name = z.string().min(1).max(64);
const keyRole = z.enum(personRoles);

export const newKey = z
  .strictObject({
    person: name.optional().meta({ description: 'An active person of the policy.' }),
    integration: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name of letters, digits and _.-')
      .optional()
      .meta({
        description: 'The name of a monitoring system: its key sends alerts, opens and resolves.',
      }),
    roles: z
      .array(keyRole)
      .min(1)
      .max(5)
      .optional()
      .meta({ description: 'Of a person; default: requester.' }),
    organisation: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name of letters, digits and _.-')
      .optional()
      .meta({ description: 'Default: your own.' }),
  })
  .meta({ id: 'NewKey' });
export type NewKeyInput = z.infer<typeof newKey>;

export const keyView = z
  .object({
    id: z.string(),
    kind: z.enum(['person', 'integration']),
    holder: z.string(),
    roles: z.array(z.string()),
    organisation: z.string(),
    createdAt: instant,
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'Key' });
export type KeyView = z.infer<typeof keyView>;

export const createdKey = keyView
  .extend({
    secret: z.string().nullable().meta({
      description: 'Shown this once. Null when the request was a repeat: the first answer had it.',
    }),
  })
  .meta({ id: 'CreatedKey' });
export type CreatedKey = z.infer<typeof createdKey>;
export const keyList = z.object({ items: z.array(keyView) });

export const meView = z
  .object({
    kind: z.enum(['person', 'integration', 'system']),
    id: z.string(),
    roles: z.array(z.string()),
    organisation: z.string(),
  })
  .meta({ id: 'Me' });
export type MeView = z.infer<typeof meView>;

export const webhookSecretView = z
  .object({
    url: z.string(),
    secret: z.string().meta({ description: 'As Standard Webhooks writes it: `whsec_…`.' }),
  })
  .meta({ id: 'WebhookSecret' });
export type WebhookSecret = z.infer<typeof webhookSecretView>;

export const intakeAnswer = z
  .object({
    number: z.string().nullable().meta({ description: 'The incident that stands for the group.' }),
    changed: z.boolean().meta({ description: 'False for a repeat.' }),
    kept: z.string().optional().meta({
      description: 'When it could not be read: the id of what was kept of it.',
    }),
  })
  .meta({ id: 'IntakeAnswer' });

export const healthView = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    checks: z.record(
      z.string(),
      z.object({ status: z.enum(['ok', 'degraded', 'down']), detail: z.string() }),
    ),
  })
  .meta({ id: 'Health' });
export type HealthView = z.infer<typeof healthView>;

export * from './contract/attachments.ts';
export * from './contract/audit.ts';
export * from './contract/channels.ts';
export * from './contract/failedAnswers.ts';
export * from './contract/escalationPolicies.ts';
export * from './contract/heartbeats.ts';
export * from './contract/maintenance.ts';
export * from './contract/reports.ts';
export * from './contract/intake.ts';
export * from './contract/policies.ts';
export * from './contract/notifications.ts';
export * from './contract/operations.ts';
export * from './contract/schedules.ts';
export * from './contract/people.ts';
