import { z } from 'zod';

const instant = z.iso.datetime();

/** An answer or a report from a provider that was kept and that no attempt could apply. */
export const failedAnswerView = z
  .object({
    id: z.string(),
    provider: z.enum(['slack', 'mattermost', 'twilio']),
    kind: z.enum(['answer', 'report', 'optOut', 'optIn']),
    effectKey: z.string().nullable().meta({ description: 'The message that it is about.' }),
    person: z.string().nullable().meta({ description: 'Who answered.' }),
    answer: z.string().nullable(),
    receivedAt: instant,
    gaveUpAt: instant,
    attempts: z.number().int(),
    error: z.string().meta({ description: 'Why the last attempt failed.' }),
  })
  .meta({ id: 'FailedAnswer' });
export type FailedAnswerView = z.infer<typeof failedAnswerView>;

export const retriedAnswerView = z
  .object({
    id: z.string(),
    outcome: z.string().meta({
      description:
        'What came of it, such as `given`; `kept`: it fails still, and is tried again for about three hours.',
    }),
  })
  .meta({ id: 'RetriedAnswer' });
export type RetriedAnswerView = z.infer<typeof retriedAnswerView>;
