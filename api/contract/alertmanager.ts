import { z } from 'zod';

export const labels = z.record(z.string().max(1_000), z.string().max(20_000));

export const alert = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels.default({}),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }).optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().min(1).max(200),
});

/** Alertmanager's webhook, version 4. It is Alertmanager's format and it grows: fields that we do not know are let pass. */
export const alertmanagerPayload = z
  .looseObject({
    version: z.literal('4'),
    groupKey: z.string().min(1).max(20_000),
    truncatedAlerts: z.number().int().min(0).default(0).meta({
      description: 'How many alerts were left out: then it is never taken as "all resolved".',
    }),
    status: z.enum(['firing', 'resolved']),
    receiver: z.string().optional(),
    groupLabels: labels.default({}),
    commonLabels: labels.default({}),
    commonAnnotations: labels.default({}),
    externalURL: z.string().optional(),
    alerts: z.array(alert),
  })
  .meta({ id: 'AlertmanagerNotification' });
