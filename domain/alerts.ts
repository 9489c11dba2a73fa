import type { IncomingAlert, Severity } from './intake/notification.ts';
import { entry, priorityOf } from './policy.ts';
import type { Policy } from './policy.ts';
import type { Instant, Milliseconds } from './time.ts';

/** What is known of one alert of a monitoring system: since when, and whether it still fires. */
export interface KnownAlert {
  readonly startsAt: Instant;
  readonly firing: boolean;
  /** The record that stood for it. */
  readonly number: string | null;
}

/** By fingerprint. */
export type KnownAlerts = ReadonlyMap<string, KnownAlert>;

export interface Merged {
  readonly alerts: KnownAlerts;
  /** Fingerprints of alerts that began to fire. */
  readonly fired: readonly string[];
  /** Fingerprints of alerts that are over, also of those never heard of before. */
  readonly ended: readonly string[];
}

/** Resolved alerts that are remembered, so that a late notice of one does not fire it again. */
const REMEMBERED = 2_000;

/** Whether a notice tells something new: notices come late, twice and out of order. An older start changes nothing, and what ended does not fire again with the same start. */
function isNews({ startsAt, firing }: IncomingAlert, known: KnownAlert | undefined): boolean {
  if (known === undefined) return true;
  if (startsAt === null) return firing !== known.firing;
  return startsAt > known.startsAt || (startsAt === known.startsAt && known.firing && !firing);
}

/** When an alert began: of one that does not say, and ends, when the one that fires did. */
function beginOf(
  { startsAt, firing }: IncomingAlert,
  known: KnownAlert | undefined,
  now: Instant,
): Instant {
  if (startsAt !== null) return startsAt;
  return known === undefined || firing ? Math.max(now, known?.startsAt ?? now) : known.startsAt;
}

/** What a notification that came now changes in what is known. Repeats change nothing. */
export function mergeAlerts(
  known: KnownAlerts,
  incoming: readonly IncomingAlert[],
  now: Instant,
): Merged {
  const alerts = new Map(known);
  const touched = new Set<string>();
  for (const alert of incoming) {
    const { fingerprint, firing } = alert;
    const before = alerts.get(fingerprint);
    if (!isNews(alert, before)) continue;
    const startsAt = beginOf(alert, before, now);
    alerts.set(fingerprint, { startsAt, firing, number: before?.number ?? null });
    touched.add(fingerprint);
  }
  const changed = [...touched];
  return {
    alerts,
    fired: changed.filter((fingerprint) => alerts.get(fingerprint)?.firing === true),
    ended: changed.filter((fingerprint) => alerts.get(fingerprint)?.firing === false),
  };
}

/** Says that a record stands for these alerts, and for all that fire. Of those that ended only the latest are kept. */
export function assignAlerts(
  alerts: KnownAlerts,
  touched: readonly string[],
  number: string | null,
): KnownAlerts {
  const of = new Set(touched);
  const all = [...alerts].map(([fingerprint, alert]): [string, KnownAlert] => [
    fingerprint,
    of.has(fingerprint) || alert.firing ? { ...alert, number } : alert,
  ]);
  const over = all.filter(([, { firing }]) => !firing);
  const latest = over.sort(([, a], [, b]) => b.startsAt - a.startsAt).slice(0, REMEMBERED);
  return new Map([...all.filter(([, { firing }]) => firing), ...latest]);
}

/** How many of a record's alerts fire, and how many are over. */
export function countAlerts(
  alerts: KnownAlerts,
  number: string,
): { firing: number; resolved: number } {
  const own = [...alerts.values()].filter((alert) => alert.number === number);
  const firing = own.filter((alert) => alert.firing).length;
  return { firing, resolved: own.length - firing };
}

/** Whether a person works on a record, so that the end of its alerts is not the end of their work: in progress, or somebody has it and it was answered. */
export function personWorksOn({
  state,
  assignee,
  answeredAt,
}: {
  state: string;
  assignee: unknown;
  answeredAt: unknown;
}): boolean {
  return state === 'inProgress' || (assignee !== null && answeredAt !== null);
}

/** Whether a record that was resolved is taken up again when its alerts fire, or another is opened. */
export function reopensWithin(resolvedAt: unknown, within: number, now: Instant): boolean {
  return typeof resolvedAt === 'number' && now - resolvedAt <= within;
}

/** Whether one of these alerts fires by what is known: a late notice of one that has ended does not count. */
export function firesStill(known: KnownAlerts, alerts: readonly IncomingAlert[]): boolean {
  return alerts.some(
    ({ firing, fingerprint }) => firing && known.get(fingerprint)?.firing === true,
  );
}

/**
 * Whether alerts that go on to fire contradict a record's end, so long after it. One that was cancelled is left alone: somebody looked, and said that
 * there is nothing to restore.
 */
export function firesOn(
  { state, resolvedAt }: { state: string; resolvedAt: unknown },
  after: Milliseconds,
  now: Instant,
): boolean {
  const ended = state === 'resolved' || state === 'closed';
  return ended && typeof resolvedAt === 'number' && now - resolvedAt >= after;
}

/** What the policy makes of a severity by its name, and where it says so; undefined, or a name that it does not know: the default. */
export function severityOf(policy: Policy, name: string | undefined): Severity & { rule: string } {
  const { severities, defaultSeverity } = policy.body.alertmanager;
  const found = entry(severities, name ?? null);
  return found === undefined
    ? { ...defaultSeverity, rule: 'alertmanager.defaultSeverity' }
    : { ...found, rule: `alertmanager.severities.${name ?? ''}` };
}

/** The name of the most severe, by the priority that the policy gives each. */
export function mostSevere(
  policy: Policy,
  names: readonly (string | undefined)[],
): string | undefined {
  const priority = (name: string | undefined): number =>
    priorityOf(policy, severityOf(policy, name)) ?? Infinity;
  return [...names].sort((a, b) => priority(a) - priority(b))[0];
}

/**
 * What a record's impact and urgency become when an alert of this severity begins to fire. Each is only raised; undefined when the alert has no higher
 * priority than the record, whoever gave it that.
 */
export function raisedBy(policy: Policy, record: Severity, alert: Severity): Severity | undefined {
  const [is, would] = [priorityOf(policy, record), priorityOf(policy, alert)];
  if (would === undefined || (is !== undefined && would >= is)) return undefined;
  return {
    impact: Math.min(record.impact, alert.impact),
    urgency: Math.min(record.urgency, alert.urgency),
  };
}

/** What a notification says, whatever its order: two with the same essence tell the same. */
export function essenceOf(alerts: readonly IncomingAlert[], truncatedAlerts: number): string {
  const all = alerts.map(({ fingerprint, startsAt, firing }) =>
    JSON.stringify([fingerprint, startsAt, firing]),
  );
  return `${truncatedAlerts}\n${all.sort().join('\n')}`;
}
