/** Which alerts of the demo fire. */
export interface DemoAlert {
  /** Tells its group from every other. */
  readonly id: string;
  readonly startedAt: string;
}

const summary = 'Checkout answers 5 % of its requests with an error';

/** What Alertmanager sends for one alert: its webhook, version 4. */
export function notificationOf({ id, startedAt }: DemoAlert, status: 'firing' | 'resolved') {
  const labels = {
    alertname: 'CheckoutErrors',
    service: 'checkout',
    severity: 'critical',
    instance: `checkout-${id}`,
  };
  return {
    version: '4',
    groupKey: `{}:{alertname="CheckoutErrors", instance="checkout-${id}"}`,
    truncatedAlerts: 0,
    status,
    receiver: 'provisor',
    groupLabels: { alertname: labels.alertname, instance: labels.instance },
    commonLabels: labels,
    commonAnnotations: { summary },
    externalURL: 'http://alertmanager.example:9093',
    alerts: [
      {
        status,
        labels,
        annotations: { summary },
        startsAt: startedAt,
        endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date().toISOString(),
        generatorURL: 'http://prometheus.example:9090/graph',
        fingerprint: `demo-${id}`,
      },
    ],
  };
}
