import { z } from 'zod';

/** The shapes of what all records have, whatever their process. */

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });

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

export const commandView = z
  .object({
    name: z.string(),
    does: z.string(),
    input: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of the body.' }),
  })
  .meta({ id: 'Command' });
export type CommandView = z.infer<typeof commandView>;
export const commandList = z.object({ items: z.array(commandView) });
