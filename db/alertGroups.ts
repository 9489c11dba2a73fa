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

/** Notes one more notification of a group and locks its row until the transaction ends: notifications of one group wait for each other here. */
export async function lockGroup(
  tx: Queryable,
  { integration, hash }: GroupId,
  { groupKey, organisation }: { groupKey: string; organisation: string },
  at: Instant,
): Promise<AlertGroup> {
  const { rows } = await tx.query<{ number: string | null; alerts: Record<string, KnownAlert> }>({
    name: 'lock-alert-group',
    text: `insert into alert_groups as g (integration, group_hash, group_key, organisation, notifications, last_at)
      values ($1, $2, $3, $4, 1, $5)
      on conflict (integration, group_hash) do update set notifications = g.notifications + 1, last_at = excluded.last_at
      returning number, alerts`,
    values: [integration, hash, groupKey, organisation, toIso(at)],
  });
  const row = rows[0];
  return { number: row?.number ?? null, alerts: new Map(Object.entries(row?.alerts ?? {})) };
}

/** Stores what is known of a group now. */
export async function saveGroup(
  tx: Queryable,
  { integration, hash }: GroupId,
  { number, alerts }: AlertGroup,
): Promise<void> {
  await tx.query({
    name: 'save-alert-group',
    text: 'update alert_groups set number = $3, alerts = $4 where integration = $1 and group_hash = $2',
    values: [integration, hash, number, JSON.stringify(Object.fromEntries(alerts))],
  });
}
