import { z } from 'zod';
import type { Refusal } from './errors.ts';
import { freeText, identifier } from './text.ts';

/** The input of a command that erases texts: which, by one of `seq` (an entry of the timeline), `field` or `all`, and why. */
export const redaction = z.strictObject({
  seq: z.number().int().min(1).max(2_147_483_647).optional(),
  field: identifier(64).optional(),
  all: z.literal(true).optional(),
  reason: freeText(2_000),
});

export function oneRedaction({
  seq,
  field,
  all,
}: Omit<z.output<typeof redaction>, 'reason'>): Refusal | undefined {
  const given = [seq, field, all].filter((part) => part !== undefined);
  if (given.length === 1) return undefined;
  return { pointer: '/seq', detail: 'name what to erase by one of seq, field or all' };
}
