import { mostSevere, severityOf } from '../domain/alerts.ts';
import type { IncomingAlert, Merged } from '../domain/alerts.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';

type Labels = Readonly<Record<string, string>>;

export interface NotifiedAlert extends IncomingAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** One notification of Alertmanager, parsed. */
export interface Notification {
  readonly groupKey: string;
  /** How many alerts Alertmanager left out. */
  readonly truncatedAlerts: number;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly alerts: readonly NotifiedAlert[];
}

const MAX_TITLE = 200;
const MAX_TEXT = 20_000;
const MAX_ITEM = 200;

/** Cut to a length without cutting a character in two. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function label(labels: Labels, name: string): string | undefined {
  const value = Object.hasOwn(labels, name) ? labels[name]?.trim() : undefined;
  return value === '' ? undefined : value;
}

/** A label that the whole group has, else the first firing alert's. */
function groupLabel(
  { commonLabels, groupLabels, alerts }: Notification,
  name: string,
): string | undefined {
  const first = alerts.find(({ firing }) => firing) ?? alerts[0];
  return label(commonLabels, name) ?? label(groupLabels, name) ?? label(first?.labels ?? {}, name);
}

function titleOf(notification: Notification): string {
  const first = notification.alerts.find(({ firing }) => firing) ?? notification.alerts[0];
  return (
    label(notification.commonAnnotations, 'summary') ??
    label(first?.annotations ?? {}, 'summary') ??
    groupLabel(notification, 'alertname') ??
    'Alert'
  );
}

/** A label's value as an identifier: characters that are none become `-`. Undefined when nothing is left. */
function itemOf(value: string | undefined): string | undefined {
  const item = (value ?? '')
    .replace(/[^\p{L}\p{N} ._:/@+-]/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, MAX_ITEM)
    .replace(/[\uD800-\uDBFF]$/, '');
  return item === '' ? undefined : item;
}

/** One line an alert: its name, what tells it from the others, its summary. */
function lineOf({ firing, labels, annotations }: NotifiedAlert, common: Labels): string {
  const own = Object.entries(labels).filter(
    ([name]) => name !== 'alertname' && label(common, name) === undefined,
  );
  const words = [
    label(labels, 'alertname') ?? 'alert',
    ...own.map(([name, value]) => `${name}=${value}`),
  ].join(' ');
  const summary = label(annotations, 'summary') ?? label(annotations, 'description');
  return `${firing ? 'firing' : 'resolved'}: ${words}${summary === undefined ? '' : ` (${summary})`}`;
}

function linesOf(notification: Notification, alerts: readonly NotifiedAlert[]): string[] {
  const left = notification.truncatedAlerts;
  const more = left > 0 ? [`and ${left} alerts that Alertmanager left out`] : [];
  return [...alerts.map((alert) => lineOf(alert, notification.commonLabels)), ...more];
}

/** The most severe of the alerts that fire, by the name that the policy has for it; undefined: its default. */
function severityNameOf(alerts: readonly NotifiedAlert[], policy: Policy): string | undefined {
  const { severityLabel, severities } = policy.body.alertmanager;
  const named = alerts
    .filter(({ firing }) => firing)
    .map(({ labels }) => label(labels, severityLabel))
    .map((name) => (entry(severities, name ?? null) === undefined ? undefined : name));
  return mostSevere(policy, named);
}

/** What the alerts that began to fire ask to raise a record by: the input of `raise`. */
export function raiseOf(
  { alerts, commonLabels }: Notification,
  { fired }: Merged,
  policy: Policy,
): { severity?: string; reason: string } {
  const began = alerts.filter(({ fingerprint }) => fired.includes(fingerprint));
  const severity = severityNameOf(began, policy);
  const cause = began.find((alert) => severityNameOf([alert], policy) === severity);
  return {
    ...(severity === undefined ? {} : { severity }),
    reason: cut(
      cause === undefined ? 'An alert began to fire' : lineOf(cause, commonLabels),
      2_000,
    ),
  };
}

/** The service that a notification names and the policy does not know. Undefined when it names none, or one that is there. */
export function unknownService(notification: Notification, policy: Policy): string | undefined {
  const { serviceLabel } = policy.body.alertmanager;
  const service = groupLabel(notification, serviceLabel);
  if (service === undefined || Object.hasOwn(policy.body.services, service)) return undefined;
  return cut(service, MAX_ITEM);
}

/** The input that opens an incident for a group. A service that the policy does not know is left out: the default service's then. */
export function openingOf(notification: Notification, policy: Policy): Record<string, unknown> {
  const { serviceLabel, itemLabel } = policy.body.alertmanager;
  const { impact, urgency } = severityOf(policy, severityNameOf(notification.alerts, policy));
  const service = groupLabel(notification, serviceLabel);
  const ci = itemOf(groupLabel(notification, itemLabel));
  const description = cut(linesOf(notification, notification.alerts).join('\n'), MAX_TEXT);
  return {
    title: cut(titleOf(notification), MAX_TITLE),
    description,
    ...(service !== undefined && Object.hasOwn(policy.body.services, service) ? { service } : {}),
    ...(ci === undefined ? {} : { ci }),
    impact,
    urgency,
  };
}

/** What changed, for the record's timeline. */
export function summaryOfChange(
  notification: Notification,
  { fired, ended }: Merged,
  counts: { firing: number; resolved: number },
  remark?: string,
): string {
  const changed = new Set([...fired, ...ended]);
  const alerts = notification.alerts.filter(({ fingerprint }) => changed.has(fingerprint));
  const head = `${counts.firing} firing, ${counts.resolved} resolved`;
  const remarks = remark === undefined ? [] : [remark];
  return cut([head, ...remarks, ...linesOf(notification, alerts)].join('\n'), MAX_TEXT);
}
