import { z } from 'zod';
import { answerVia } from './notifications.ts';

/** The shapes of what a record tells of itself: what happened to it, and why. */

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });

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
