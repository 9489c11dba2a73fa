import { z } from 'zod';

/** The shapes of escalation policies: whom they page, in which order, and whom they would page. */

const instant = z.iso.datetime();

export const escalationPolicyView = z
  .object({
    id: z.string().meta({ example: 'standard' }),
    policy: z.string().meta({ description: 'The hash of the policy that has it.' }),
    services: z.array(z.string()).meta({ description: 'The services that are escalated by it.' }),
    definition: z
      .record(z.string(), z.unknown())
      .meta({ description: 'As the policy has it; docs/policies.md describes each field.' }),
  })
  .meta({ id: 'EscalationPolicy', description: 'Changed in the policy, not here.' });
export type EscalationPolicyView = z.infer<typeof escalationPolicyView>;
export const escalationPolicyList = z.object({ items: z.array(escalationPolicyView) });
export type EscalationPolicyList = z.infer<typeof escalationPolicyList>;

const dropped = z.object({
  kind: z.enum(['person', 'team', 'schedule', 'channel']),
  key: z.string(),
  why: z.enum(['unknown', 'inactive', 'unreachable', 'offHours', 'acknowledged', 'empty']),
});

export const previewedStep = z
  .object({
    at: instant.meta({ description: 'When it is taken, unless somebody answers before.' }),
    kind: z.enum(['page', 'exhausted']).meta({
      description: '`exhausted`: nobody answered; it tells people of that, and begins anew.',
    }),
    rule: z
      .string()
      .nullable()
      .meta({ description: 'Its place in the escalation.', example: 'steps.0' }),
    round: z.number().int().meta({ description: 'From 1.' }),
    people: z.array(
      z.object({
        person: z.string(),
        name: z.string(),
        why: z.string().meta({ description: 'Why them, in words.' }),
      }),
    ),
    channels: z.array(z.string()),
    acknowledgedBy: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'How many people must acknowledge it.' }),
    waitMs: z.number().int().meta({ description: 'How long it waits for an answer.' }),
    dropped: z.array(dropped).meta({ description: 'Who is named and would not be paged.' }),
    skipped: z
      .array(
        z.object({
          rule: z.string(),
          why: z.enum(['priorities', 'weekdays', 'open', 'closed', 'nobody']),
          dropped: z.array(dropped),
        }),
      )
      .meta({ description: 'The steps before it that are passed over.' }),
  })
  .meta({ id: 'PreviewedStep' });

export const escalationPreview = z
  .object({
    escalation: z.string(),
    policy: z.string(),
    priority: z.number().int(),
    at: instant,
    pages: z.boolean().meta({ description: 'Whether this priority pages at all.' }),
    steps: z.array(previewedStep),
    complete: z.boolean().meta({ description: 'False: more steps follow than the first 100.' }),
  })
  .meta({ id: 'EscalationPreview' });
export type EscalationPreviewView = z.infer<typeof escalationPreview>;
