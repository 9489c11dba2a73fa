import { z } from 'zod';
import { freeText } from '../../domain/text.ts';

const instant = z.iso.datetime();

/** A record that its workflow could not read or tick several times in a row. */
export const stalledView = z
  .object({
    number: z.string(),
    process: z.string(),
    doing: z.enum(['resume', 'tick']).meta({
      description: 'What fails: reading what the record waits for, or committing what is due.',
    }),
    since: instant,
    lastAt: instant.meta({ description: 'The last attempt.' }),
    attempts: z.number().int(),
    error: z.string(),
  })
  .meta({ id: 'StalledRecord' });
export type StalledView = z.infer<typeof stalledView>;

export const mendedView = z.object({ number: z.string() }).meta({ id: 'MendedRecord' });
export type MendedView = z.infer<typeof mendedView>;

/** A message or an orchestration that was given up. */
export const deadLetterView = z
  .object({
    key: z.string().meta({ example: 'INC-1042/17/2' }),
    number: z.string(),
    kind: z.string(),
    person: z.string().nullable(),
    channel: z.string().nullable(),
    message: z.string().nullable().meta({ description: 'What kind of message: `page` …' }),
    attempts: z.number().int(),
    createdAt: instant,
    gaveUpAt: instant,
    error: z.string().nullable().meta({ description: 'What the receiver said last.' }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterView = z.infer<typeof deadLetterView>;

/** What became of a dead letter, by an event of its record. */
export const letterView = z
  .object({
    key: z.string(),
    number: z.string(),
    seq: z.number().int().meta({ description: 'The event of the record that tells of it.' }),
  })
  .meta({ id: 'ChangedDeadLetter' });
export type LetterView = z.infer<typeof letterView>;

export const dismissal = z
  .strictObject({
    reason: freeText(2_000).meta({ description: 'Why it needs no more attention.' }),
  })
  .meta({ id: 'DeadLetterDismissal' });

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
