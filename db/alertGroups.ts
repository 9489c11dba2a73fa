import type { KnownAlert, KnownAlerts } from '../domain/alerts.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** Alertmanager's group as one integration reports it. */
export interface GroupId {
  readonly integration: string;
  /** SHA-256 of the group's key. */
  readonly hash: Buffer;
}

export interface AlertGroup {
  /** The record that stands for it; null before the first one. */
  readonly number: string | null;
  readonly alerts: KnownAlerts;
}

interface GroupRow {
  number: string | null;
  alerts: Record<string, KnownAlert>;
}

function toGroup({ number, alerts }: GroupRow): AlertGroup {
  return { number, alerts: new Map(Object.entries(alerts)) };
}

/** How many notifications came, and when the last of them did. */
export interface Arrival {
  readonly count: number;
  readonly at: Instant;
}

/** A group whose notification was counted, and how the record stands for it now; null when none ever did. */
export interface Counted {
  readonly number: string | null;
  readonly record: { readonly state: string; readonly resolvedAt: Instant | null } | null;
}

const counted = `number, (select jsonb_build_object('state', r.state, 'resolvedAt', r.fields -> 'resolvedAt')
  from records r where r.number = alert_groups.number) as record`;

/**
 * Counts notifications that say what the last one said. One short statement that takes no other lock than the group's row.
 * @returns undefined when the group is new or its last notification said something else
 */
export async function countRepeats(
  db: Queryable,
  { integration, hash }: GroupId,
  digest: Buffer,
  { count, at }: Arrival,
): Promise<Counted | undefined> {
  const { rows } = await db.query<Counted>({
    name: 'count-alert-repeats',
    text: `update alert_groups set notifications = notifications + $4, last_at = $5
      where integration = $1 and group_hash = $2 and digest = $3 returning ${counted}`,
    values: [integration, hash, digest, count, toIso(at)],
  });
  return rows[0];
}

/** What is known of a group, without a lock: it learns more at any moment. Undefined when it is new. */
export async function findGroup(
  db: Queryable,
  { integration, hash }: GroupId,
): Promise<AlertGroup | undefined> {
  const { rows } = await db.query<GroupRow>({
    name: 'find-alert-group',
    text: 'select number, alerts from alert_groups where integration = $1 and group_hash = $2',
    values: [integration, hash],
  });
  return rows[0] && toGroup(rows[0]);
}

/** Counts notifications that tell nothing new, and notes what the last one said. */
export async function countOldNews(
  db: Queryable,
  { integration, hash }: GroupId,
  digest: Buffer,
  { count, at }: Arrival,
): Promise<Counted> {
  const { rows } = await db.query<Counted>({
    name: 'count-old-news',
    text: `update alert_groups set notifications = notifications + $4, last_at = $5, digest = $3
      where integration = $1 and group_hash = $2 returning ${counted}`,
    values: [integration, hash, digest, count, toIso(at)],
  });
  return rows[0] ?? { number: null, record: null };
}

/** Counts notifications of a group and locks its row until the transaction ends: notifications of one group wait for each other here. */
export async function lockGroup(
  tx: Queryable,
  { integration, hash }: GroupId,
  { groupKey, organisation }: { groupKey: string; organisation: string },
  { count, at }: Arrival,
): Promise<AlertGroup> {
  const { rows } = await tx.query<GroupRow>({
    name: 'lock-alert-group',
    text: `insert into alert_groups as g (integration, group_hash, group_key, organisation, notifications, last_at)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (integration, group_hash) do update
        set notifications = g.notifications + excluded.notifications, last_at = excluded.last_at
      returning number, alerts`,
    values: [integration, hash, groupKey, organisation, count, toIso(at)],
  });
  return toGroup(rows[0] ?? { number: null, alerts: {} });
}

/** Stores what is known of a group now. @param digest of the notification that told it */
export async function saveGroup(
  tx: Queryable,
  { integration, hash }: GroupId,
  { number, alerts }: AlertGroup,
  digest: Buffer,
): Promise<void> {
  await tx.query({
    name: 'save-alert-group',
    text: 'update alert_groups set number = $3, alerts = $4, digest = $5 where integration = $1 and group_hash = $2',
    values: [integration, hash, number, JSON.stringify(Object.fromEntries(alerts)), digest],
  });
}

/** Notes what the last notification of a group said, when it told nothing new. */
export async function saveDigest(
  tx: Queryable,
  { integration, hash }: GroupId,
  digest: Buffer,
): Promise<void> {
  await tx.query(
    'update alert_groups set digest = $3 where integration = $1 and group_hash = $2 and digest is distinct from $3',
    [integration, hash, digest],
  );
}
