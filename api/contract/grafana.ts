import { z } from 'zod';
import { alert, labels } from './alertmanager.ts';

/** Grafana fills these in where the rule has a panel. */
const grafanaAlert = alert.extend({
  dashboardURL: z.string().optional(),
  panelURL: z.string().optional(),
});

/** The webhook of Grafana's alerting, with its own payload: Alertmanager's with more. It grows: fields that we do not know are let pass. */
export const grafanaPayload = z
  .looseObject({
    groupKey: z.string().min(1).max(20_000),
    orgId: z.number().int().optional().meta({ description: 'Groups of two are two groups.' }),
    truncatedAlerts: z.number().int().min(0).default(0),
    status: z.enum(['firing', 'resolved']),
    groupLabels: labels.default({}),
    commonLabels: labels.default({}),
    commonAnnotations: labels.default({}),
    alerts: z.array(grafanaAlert),
  })
  .meta({ id: 'GrafanaNotification' });
