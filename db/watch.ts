import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Outage } from '../domain/watch/outage.ts';
import type { Queryable } from './pool.ts';
import { BACKGROUND } from './wakes.ts';

/** How late what pages people is. How long something waits is told by the database's clock alone, for machines' clocks differ. */
export interface Lateness {
  /** For how long the oldest wake waits; those of a policy's wave, which waits behind everything else, do not count. */
  readonly wakeSeconds: number;
  readonly wakes: number;
  /** For how long the oldest page waits that is due and was never tried, or whose worker died. */
  readonly pageSeconds: number;
  readonly pages: number;
  /** Moments of records and looks of heartbeats that should have happened more than a minute ago, by the database's clock and the caller's. */
  readonly timers: number;
}

/**
 * A message waits for its time, which is as long after it was planned by the clock that planned it; an escalation is due as soon as it is wanted. A lease that ran out is a worker that died in the send. What failed is a
 * receiver's lateness, and is tried again.
 */
const duePages = `select case when state = 'started' then lease_until
    else coalesce(queued_at, created_at) + greatest(not_before - created_at, interval '0') end as due from effects
  where state in ('pending', 'started') and (
    (kind = 'escalation' and state = 'pending')
    or (kind = 'notification' and (payload ->> 'message' = 'page' or payload ->> 'urgency' = 'interrupting')
      and ((state = 'pending' and attempts = 0) or lease_until < clock_timestamp())))`;

const lateTimers = `(select count(*) from records r where due_at < least(clock_timestamp(), $1) - interval '1 minute'
    and not exists (select from stalled s where s.number = r.number))
  + (select count(*) from heartbeats where paused_at is null and look_at < least(clock_timestamp(), $1) - interval '1 minute')`;

/** @param now by the clock of this process: a timer is late only when no clock says that its time is still to come */
export async function readLateness(db: Queryable, now: Instant): Promise<Lateness> {
  const { rows } = await db.query<
    Record<'wakes' | 'pages' | 'timers', string> &
      Record<'wake_seconds' | 'page_seconds', string | null>
  >({
    name: 'paging-lateness',
    text: `with due as (${duePages})
      select w.*, p.*, ${lateTimers} as timers
      from (select count(*) as wakes, extract(epoch from clock_timestamp() - min(since)) as wake_seconds from wakes where priority < ${BACKGROUND}) w,
        (select count(*) as pages, extract(epoch from clock_timestamp() - min(due)) as page_seconds from due where due <= clock_timestamp()) p`,
    values: [toIso(now)],
  });
  const [row] = rows;
  return {
    wakes: Number(row?.wakes),
    wakeSeconds: Math.max(0, Number(row?.wake_seconds ?? 0)),
    pages: Number(row?.pages),
    pageSeconds: Math.max(0, Number(row?.page_seconds ?? 0)),
    timers: Number(row?.timers),
  };
}

/**
 * Keeps the watch, or takes it from one who has not kept it for a while: of several API processes one tells.
 * @param holder a name of this process
 * @returns what the watch knows; undefined while another process keeps it
 */
export async function holdWatch(
  db: Queryable,
  holder: string,
  seconds: number,
): Promise<{ readonly outage: Outage | null } | undefined> {
  const { rows } = await db.query<{
    outage_since: Date | null;
    told_at: Date | null;
    told_times: number;
  }>({
    name: 'hold-watch',
    text: `insert into watch as w (holder, held_until) values ($1, clock_timestamp() + make_interval(secs => $2))
      on conflict (one) do update set holder = excluded.holder, held_until = excluded.held_until
      where w.holder = excluded.holder or w.held_until < clock_timestamp()
      returning outage_since, told_at, told_times`,
    values: [holder, seconds],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  if (row.outage_since === null) return { outage: null };
  const { outage_since: since, told_at: toldAt, told_times: told } = row;
  return { outage: { since: since.getTime(), toldAt: toldAt?.getTime() ?? null, told } };
}

/** Notes what the watch knows. Nothing when another process has taken it meanwhile. */
export async function noteOutage(
  db: Queryable,
  holder: string,
  outage: Outage | null,
): Promise<void> {
  const toldAt = outage?.toldAt ?? null;
  await db.query({
    name: 'note-outage',
    text: 'update watch set outage_since = $2, told_at = $3, told_times = $4 where holder = $1',
    values: [
      holder,
      outage === null ? null : toIso(outage.since),
      toldAt === null ? null : toIso(toldAt),
      outage?.told ?? 0,
    ],
  });
}

/** Lets another process take the watch at once: this one ends. */
export async function leaveWatch(db: Queryable, holder: string): Promise<void> {
  await db.query('update watch set held_until = clock_timestamp() where holder = $1', [holder]);
}

/** A worker has just told the monitor outside that paging works. */
export async function noteWatchHeartbeat(db: Queryable): Promise<void> {
  await db.query(
    `insert into watch_heartbeat (sent_at) values (clock_timestamp())
     on conflict (one) do update set sent_at = excluded.sent_at`,
  );
}

/** What the watch shows: since when paging is out, and for how long no worker has said outside that it works; null: none ever did. */
export async function readWatch(
  db: Queryable,
): Promise<{ readonly outageSince: Instant | null; readonly heartbeatSeconds: number | null }> {
  const { rows } = await db.query<{ outage_since: Date | null; seconds: number | null }>(
    `select (select outage_since from watch) as outage_since,
       (select extract(epoch from clock_timestamp() - sent_at)::double precision from watch_heartbeat) as seconds`,
  );
  return {
    outageSince: rows[0]?.outage_since?.getTime() ?? null,
    heartbeatSeconds: rows[0]?.seconds ?? null,
  };
}
