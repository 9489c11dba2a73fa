import { z } from 'zod';
import { freeText } from '../../domain/text.ts';
import { command } from './command.ts';

export const noteAlerts = command({
  does: 'Note that alerts of a monitoring system came or went',
  input: z.strictObject({
    firing: z.number().int().min(0),
    resolved: z.number().int().min(0),
    summary: freeText(20_000),
  }),
  event: 'alertsChanged',
  set: ({ input }) => ({ alerts: { firing: input.firing, resolved: input.resolved } }),
});
