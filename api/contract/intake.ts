import { z } from 'zod';

const instant = z.iso.datetime();

/** A delivery that was taken although it could not be read or mapped. */
export const keptView = z
  .object({
    id: z.string(),
    kind: z.enum(['unreadable', 'unmapped', 'automatic']),
    integration: z.string(),
    organisation: z.string(),
    reason: z.string(),
    contentType: z.string().nullable(),
    size: z.number().int().meta({ description: 'Of all that came, in bytes.' }),
    truncated: z.boolean().meta({ description: 'True: only its beginning is kept.' }),
    times: z.number().int().meta({ description: 'How often the same bytes came.' }),
    firstAt: instant,
    lastAt: instant,
    number: z.string().nullable().meta({ description: 'The incident that tells of it.' }),
  })
  .meta({ id: 'KeptDelivery' });
export type KeptView = z.infer<typeof keptView>;

export interface KeptPage {
  readonly items: readonly KeptView[];
  readonly nextCursor: string | null;
}

/** What a delivery would do, if nothing stood for its group yet. */
export const intakeTrialView = z
  .object({
    reason: z.string().nullable().meta({
      description: 'Why it could not be read: it would be kept, and the default service told.',
    }),
    groupKey: z.string().nullable(),
    alerts: z.array(
      z.object({
        fingerprint: z.string(),
        firing: z.boolean(),
        startsAt: instant.nullable().meta({ description: 'Null: when it is first heard of.' }),
        severity: z.string().nullable(),
        text: z.string(),
      }),
    ),
    unknownService: z.string().nullable().meta({
      description: 'Named, and not in the policy: the default service stands in for it.',
    }),
    opens: z
      .object({
        title: z.string(),
        description: z.string().optional(),
        service: z.string(),
        ci: z.string().optional(),
        impact: z.number().int(),
        urgency: z.number().int(),
        priority: z.number().int().optional(),
      })
      .nullable()
      .meta({ description: 'The incident that would open; null when nothing fires.' }),
  })
  .meta({ id: 'IntakeTrial' });
export type IntakeTrialView = z.infer<typeof intakeTrialView>;

export const intakeAnswer = z
  .object({
    number: z.string().nullable().meta({ description: 'The incident that stands for the group.' }),
    changed: z.boolean().meta({ description: 'False for a repeat.' }),
    kept: z.string().optional().meta({
      description: 'When it could not be read: the id of what was kept of it.',
    }),
  })
  .meta({ id: 'IntakeAnswer' });
