import { randomBytes } from 'node:crypto';

/** What Alertmanager sends for a group of one firing alert. The same name is the same group and alert. */
export function notification(
  severity: 'critical' | 'minor',
  name = randomBytes(8).toString('hex'),
): Record<string, unknown> {
  const labels = { alertname: 'BenchDown', service: 'shop', severity, instance: name };
  return {
    version: '4',
    groupKey: `{}:{instance="${name}"}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'provisor',
    groupLabels: { instance: name },
    commonLabels: labels,
    commonAnnotations: { summary: 'It does not answer' },
    externalURL: 'http://127.0.0.1:9093',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: {
          summary: 'It does not answer',
          description: `Checked from three places: ${name}`,
        },
        startsAt: new Date(0).toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://127.0.0.1:9090/graph',
        fingerprint: name,
      },
    ],
  };
}
