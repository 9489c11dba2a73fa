import { z } from 'zod';
import { DAY, parseDuration } from './time.ts';

/** The key of an entry of a policy's table, or of a resource that a policy names. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name of letters, digits and _.-');

/** A length of time as people write it, `15m`; milliseconds inside. It may be nothing. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: 'custom',
    message: 'must be a duration such as 30s, 15m, 4h, 1h30m or 5d',
  });
  return z.NEVER;
});

/** A duration of more than nothing. */
export const positive = duration
  .refine((ms) => ms > 0, 'must be longer than nothing')
  .refine((ms) => ms <= 366 * DAY, 'must be at most 366d');

/** 1 is the highest. */
export const priority = z.number().int().min(1).max(5);
