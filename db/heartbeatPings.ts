import type { Outage } from '../domain/heartbeat/heartbeat.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import { SECOND, toIso } from '../domain/time.ts';
import { heartbeatColumns, toHeartbeat } from './heartbeats.ts';
import type { HeartbeatRow, StoredHeartbeat } from './heartbeats.ts';
import type { Queryable } from './pool.ts';

/** What a ping says: it works, it begins to work, it failed. */
export type PingKind = 'ok' | 'start' | 'fail';

/** A ping ends what it finds down, whatever the clock of the machine that found it. */
const sets: Readonly<Record<PingKind, string>> = {
  ok: `last_ping_at = greatest(last_ping_at, $2, down_since + interval '1 millisecond'), started_at = null`,
  start: 'started_at = $2',
  fail: `started_at = null,
    down_since = case when paused_at is null then coalesce(down_since, $2) end,
    down_why = case when paused_at is null then coalesce(down_why, 'failed') end`,
};

/** Counts a ping: one statement, on one row. @returns the heartbeat after it; undefined when no heartbeat has this token's hash, or had it and keeps it still */
export async function notePing(
  db: Queryable,
  hash: Buffer,
  kind: PingKind,
  at: Instant,
): Promise<StoredHeartbeat | undefined> {
  const { rows } = await db.query<HeartbeatRow>({
    name: `heartbeat-ping-${kind}`,
    text: `update heartbeats set pings = pings + 1, ${sets[kind]}
      where hash = $1 or id = (select heartbeat from former_heartbeat_tokens where hash = $1 and valid_until > $2)
      returning ${heartbeatColumns}`,
    values: [hash, toIso(at)],
  });
  return rows[0] && toHeartbeat(rows[0]);
}

/** So long nobody may have said that pings can be taken until it counts as an outage. */
export const SILENCE: Milliseconds = 60 * SECOND;
/** Outages that ended longer ago excuse no heartbeat: none may be more seldom. */
const KEPT_DAYS = 800;

/** An API process says that pings can be taken, which ends an outage when nobody had said so for a while. */
export async function notePingReception(db: Queryable, at: Instant): Promise<void> {
  await db.query({
    name: 'note-ping-reception',
    // The row must be read before it is written: hence the last line asks for what the first ones found.
    text: `with before as (select seen_at from ping_reception for update),
      outage as (insert into ping_outages (began_at, ended_at)
        select seen_at, $1::timestamptz from before where seen_at < $1::timestamptz - make_interval(secs => $2)
        on conflict (began_at) do update set ended_at = greatest(ping_outages.ended_at, excluded.ended_at) returning 1),
      forgotten as (delete from ping_outages where ended_at < $1::timestamptz - make_interval(days => ${KEPT_DAYS}) and exists (select 1 from outage))
      insert into ping_reception (seen_at) select $1 from (select count(*) from outage) after
      on conflict (one) do update set seen_at = greatest(ping_reception.seen_at, excluded.seen_at)`,
    values: [toIso(at), SILENCE / SECOND],
  });
}

/**
 * The times in which nobody could ping, in their order, with the one that goes on now.
 * @param since only those that ended later
 */
export async function pingOutages(
  db: Queryable,
  since: Instant,
  now: Instant,
): Promise<readonly Outage[]> {
  const { rows } = await db.query<{ began_at: Date; ended_at: Date }>({
    name: 'ping-outages',
    text: `select began_at, ended_at from ping_outages where ended_at > $1
      union all select seen_at, $2::timestamptz from ping_reception where seen_at < $2::timestamptz - make_interval(secs => $3)
      order by 1`,
    values: [toIso(since), toIso(now), SILENCE / SECOND],
  });
  return rows.map(({ began_at, ended_at }) => ({
    from: began_at.getTime(),
    until: ended_at.getTime(),
  }));
}
