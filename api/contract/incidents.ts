import { z } from 'zod';
import { recordView } from './records.ts';

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });

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
