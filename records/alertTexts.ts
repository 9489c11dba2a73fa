import { mostSevere, severityOf } from '../domain/alerts.ts';
import type { Merged } from '../domain/alerts.ts';
import { oneLine } from '../domain/html.ts';
import type { NotifiedAlert, Notification, Severity } from '../domain/intake/notification.ts';
import { entry, priorityOf } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';

const MAX_TITLE = 200;
const MAX_TEXT = 20_000;
const MAX_ITEM = 200;

/** Cut to a length without cutting a character in two. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A monitoring system's name of an item as an identifier: characters that are none become `-`. Undefined when nothing is left. */
function itemOf(value: string | undefined): string | undefined {
  const item = (value ?? '')
    .replace(/[^\p{L}\p{N} ._:/@+-]/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, MAX_ITEM)
    .replace(/[\uD800-\uDBFF]$/, '');
  return item === '' ? undefined : item;
}

function lineOf({ firing, text }: NotifiedAlert): string {
  return `${firing ? 'firing' : 'resolved'}: ${text}`;
}

function linesOf(
  { source, truncatedAlerts }: Notification,
  alerts: readonly NotifiedAlert[],
): string[] {
  const left = truncatedAlerts;
  const more = left > 0 ? [`and ${left} alerts that ${source} left out`] : [];
  return [...alerts.map(lineOf), ...more];
}

/** The most severe of the alerts that fire, by the name that the policy has for it; undefined: its default. */
function severityNameOf(alerts: readonly NotifiedAlert[], policy: Policy): string | undefined {
  const { severities } = policy.body.alertmanager;
  const named = alerts
    .filter(({ firing }) => firing)
    .map(({ severity }) => entry(severities, severity ?? null) && severity);
  return mostSevere(policy, named);
}

/** How severe an incident for a group is. A severity that the policy's matrix does not have (any more) is none. */
function severityIn({ severity, alerts }: Notification, policy: Policy): Severity {
  const isKnown = severity !== undefined && priorityOf(policy, severity) !== undefined;
  return isKnown ? severity : severityOf(policy, severityNameOf(alerts, policy));
}

/** What the alerts that began to fire ask to raise a record by: the input of `raise`. */
export function raiseOf(
  { alerts }: Notification,
  { fired }: Merged,
  policy: Policy,
): { severity?: string; reason: string } {
  const began = alerts.filter(({ fingerprint }) => fired.includes(fingerprint));
  const severity = severityNameOf(began, policy);
  const cause = began.find((alert) => severityNameOf([alert], policy) === severity);
  return {
    ...(severity === undefined ? {} : { severity }),
    reason: cut(cause === undefined ? 'An alert began to fire' : lineOf(cause), 2_000),
  };
}

/** The service that a notification names and the policy does not know. Undefined when it names none, or one that is there. */
export function unknownService({ service }: Notification, policy: Policy): string | undefined {
  if (service === undefined || Object.hasOwn(policy.body.services, service)) return undefined;
  return cut(service, MAX_ITEM);
}

/** What opens an incident for a group. */
export interface AlertOpening {
  readonly title: string;
  readonly description: string;
  readonly service?: string;
  readonly ci?: string;
  readonly impact: number;
  readonly urgency: number;
}

/** The input that opens an incident for a group. A service that the policy does not know is left out: the default service's then. */
export function openingOf(notification: Notification, policy: Policy): AlertOpening {
  const { title, description, alerts, link, service } = notification;
  const { impact, urgency } = severityIn(notification, policy);
  const ci = itemOf(notification.item);
  const parts = [
    ...(description === undefined ? [] : [description, '']),
    ...linesOf(notification, alerts),
    ...(link === undefined ? [] : ['', link]),
  ];
  return {
    title: cut(oneLine(title), MAX_TITLE),
    description: cut(parts.join('\n'), MAX_TEXT),
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
