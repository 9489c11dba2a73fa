import { z } from 'zod';
import { heartbeatSchema } from '../../domain/heartbeat/heartbeat.ts';
import { duration } from '../../domain/policyParts.ts';
import { DAY } from '../../domain/time.ts';

const instant = z.iso.datetime().meta({ description: 'An instant in UTC, ISO 8601.' });

/** What must report from time to time. */
export const newHeartbeat = heartbeatSchema.meta({
  id: 'NewHeartbeat',
  description:
    'What must report at least `every` (30s or more), at most `grace` (10s or more) late, and the incident that opens when it does not.',
});

export const heartbeatView = z
  .object({
    id: z.string().meta({ example: 'hbt_3c1f0e5a9b7d2c4e6f8a0b1c' }),
    version: z.number().int().meta({ description: 'Counts changes; also its ETag.' }),
    name: z.string(),
    service: z.string(),
    item: z.string().nullable(),
    impact: z.number().int(),
    urgency: z.number().int(),
    every: z.string().meta({ example: '1h' }),
    grace: z.string().meta({ example: '10m' }),
    status: z.enum(['waiting', 'ok', 'missing', 'failed', 'paused']).meta({
      description: '`waiting` before its first ping; `failed` when it said so itself.',
    }),
    pings: z.number().int(),
    lastPingAt: instant.nullable(),
    startedAt: instant
      .nullable()
      .meta({ description: 'A run of the job began then and has not told of its end.' }),
    dueAt: instant.nullable().meta({
      description:
        'When a ping is missing unless one comes before. Null while it is paused or down.',
    }),
    downSince: instant.nullable(),
    incident: z
      .string()
      .nullable()
      .meta({ description: 'The incident that tells of it, while it is down.' }),
    pausedAt: instant.nullable(),
    createdAt: instant,
    createdBy: z.string(),
    updatedAt: instant,
    updatedBy: z.string(),
  })
  .meta({ id: 'Heartbeat' });
export type HeartbeatView = z.infer<typeof heartbeatView>;

const pingUrl = z.string().nullable().meta({
  description:
    'Where to ping it; whoever knows it can. Shown this once: null when the request was a repeat.',
});

export const createdHeartbeat = heartbeatView.extend({ pingUrl }).meta({ id: 'CreatedHeartbeat' });
export type CreatedHeartbeatView = z.infer<typeof createdHeartbeat>;

export const tokenRenewal = z
  .strictObject({
    formerValidFor: duration
      .refine((ms) => ms <= 7 * DAY, 'must be at most 7d')
      .prefault('1d')
      .meta({
        description:
          'For how long pings to the addresses of before count as well, at most `7d`; `0s`: they are unknown at once. Default: `1d`.',
      }),
  })
  .meta({ id: 'HeartbeatTokenRenewal' });

export const renewedHeartbeat = z
  .object({ id: z.string(), pingUrl })
  .meta({ id: 'RenewedHeartbeat' });
export type RenewedHeartbeatView = z.infer<typeof renewedHeartbeat>;

export const deletedHeartbeat = z.object({ id: z.string() }).meta({ id: 'DeletedHeartbeat' });
