import type { Policy } from '../policy.ts';
import type { IncomingAlert, NotifiedAlert, Notification } from './notification.ts';

export type Labels = Readonly<Record<string, string>>;

export interface LabelledAlert extends IncomingAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What Alertmanager and those who speak like it send: alerts told apart by labels, and the labels that they share. */
export interface LabelledGroup {
  readonly source: string;
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly alerts: readonly LabelledAlert[];
  readonly link?: string | undefined;
}

/** A label's value; undefined for an empty one, and for what only every object has (`constructor`). */
function label(labels: Labels, name: string): string | undefined {
  const value = Object.hasOwn(labels, name) ? labels[name]?.trim() : undefined;
  return value === '' ? undefined : value;
}

function firstOf({ alerts }: LabelledGroup): LabelledAlert | undefined {
  return alerts.find(({ firing }) => firing) ?? alerts[0];
}

/** A label that the whole group has, else the first firing alert's. */
function groupLabel(group: LabelledGroup, name: string): string | undefined {
  const { commonLabels, groupLabels } = group;
  return (
    label(commonLabels, name) ??
    label(groupLabels, name) ??
    label(firstOf(group)?.labels ?? {}, name)
  );
}

function titleOf(group: LabelledGroup): string {
  return (
    label(group.commonAnnotations, 'summary') ??
    label(firstOf(group)?.annotations ?? {}, 'summary') ??
    groupLabel(group, 'alertname') ??
    'Alert'
  );
}

/** One line an alert: its name, what tells it from the others, its summary. */
function lineOf({ labels, annotations }: LabelledAlert, common: Labels): string {
  const own = Object.entries(labels).filter(
    ([name]) => name !== 'alertname' && label(common, name) === undefined,
  );
  const words = [
    label(labels, 'alertname') ?? 'alert',
    ...own.map(([name, value]) => `${name}=${value}`),
  ].join(' ');
  const summary = label(annotations, 'summary') ?? label(annotations, 'description');
  return summary === undefined ? words : `${words} (${summary})`;
}

/** Reads labels by the names that the policy has for them (`alertmanager.serviceLabel` …). */
export function ofLabels(group: LabelledGroup, policy: Policy): Notification {
  const { source, groupKey, truncatedAlerts, commonLabels, link } = group;
  const { serviceLabel, itemLabel, severityLabel } = policy.body.alertmanager;
  const alerts = group.alerts.map((alert): NotifiedAlert => ({
    fingerprint: alert.fingerprint,
    startsAt: alert.startsAt,
    firing: alert.firing,
    severity: label(alert.labels, severityLabel),
    text: lineOf(alert, commonLabels),
  }));
  return {
    ...{ source, groupKey, truncatedAlerts, link, alerts },
    title: titleOf(group),
    service: groupLabel(group, serviceLabel),
    item: groupLabel(group, itemLabel),
  };
}
