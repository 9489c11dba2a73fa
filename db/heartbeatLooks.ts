import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Down, StoredHeartbeat } from './heartbeats.ts';
import { driving } from './identity.ts';
import type { Queryable } from './pool.ts';

/** Notes that a ping is missing, unless one came or somebody changed the heartbeat since it was read. @returns whether it was noted */
export async function noteMissing(
  db: Queryable,
  { id, version, lastPingAt }: StoredHeartbeat,
  since: Instant,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update heartbeats set down_since = $4, down_why = 'missing'
     where id = $1 and version = $2 and down_since is null and paused_at is null and last_ping_at is not distinct from $3::timestamptz`,
    [id, version, lastPingAt === null ? null : toIso(lastPingAt), toIso(since)],
  );
  return rowCount === 1;
}

/** It works again: the incident knows. */
export async function noteUp(db: Queryable, id: string, { since }: Down): Promise<void> {
  await db.query(
    'update heartbeats set down_since = null, down_why = null where id = $1 and down_since = $2',
    [id, toIso(since)],
  );
}

/**
 * The workflow of a heartbeat says when it looks next.
 * @param version that it looked at: after a change in between it must be told again
 * @returns false when the namespace does not drive the records
 */
export async function promiseLook(
  db: Queryable,
  { id, version }: StoredHeartbeat,
  at: Instant,
  driver: string,
): Promise<boolean> {
  const { rows } = await db.query<{ drives: boolean }>({
    name: 'promise-look',
    text: `with ${driving('$4')}, promised as (update heartbeats set look_at = $3 from driving where id = $1 and version = $2)
      select exists (select 1 from driving) as drives`,
    values: [id, version, toIso(at), driver],
  });
  return rows[0]?.drives === true;
}

/** A workflow that does not look so long after it said it would does not run. */
const LATE_SECONDS = 30;

/**
 * Heartbeats whose workflow must be told to look: new and changed ones, those of a Temporal that was lost, and those whose workflow is late. Each is
 * given again when its workflow has not looked a while later. Whose turn it is, the database's clock decides: it is about machines.
 * @param driver the Temporal namespace that they are to be told in: none are given when it does not drive the records
 */
export async function takeHeartbeatsToTell(
  db: Queryable,
  limit: number,
  driver: string,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>({
    name: 'take-heartbeats',
    text: `with ${driving('$2')}, next as (
        select id from heartbeats where exists (select 1 from driving) and paused_at is null
          and (look_at is null or look_at < clock_timestamp() - interval '${LATE_SECONDS} seconds')
        order by look_at nulls first limit $1 for update skip locked)
      update heartbeats h set look_at = clock_timestamp() from next where h.id = next.id returning h.id`,
    values: [limit, driver],
  });
  return rows.map(({ id }) => id);
}

/** Gives heartbeats back whose workflow could not be told. */
export async function returnHeartbeats(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query('update heartbeats set look_at = null where id = any($1::text[])', [ids]);
}

/** No workflow looks any more: Temporal was lost. @returns how many heartbeats are to be told anew */
export async function forgetLooks(tx: Queryable): Promise<number> {
  const { rowCount } = await tx.query(
    'update heartbeats set look_at = null where paused_at is null',
  );
  return rowCount ?? 0;
}
