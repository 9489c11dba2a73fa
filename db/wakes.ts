import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

export interface Wake {
  readonly number: string;
  readonly process: string;
  readonly priority: number;
}

/** How many records were woken and have not looked yet, not counting those whose wake must have been lost. */
export async function wakesUnderWay(db: Queryable, lostAfterSeconds: number): Promise<number> {
  const { rows } = await db.query<{ count: string }>({
    name: 'wakes-under-way',
    text: 'select count(*) from wakes where sent_at > clock_timestamp() - make_interval(secs => $1)',
    values: [lostAfterSeconds],
  });
  return Number(rows[0]?.count);
}

/**
 * Takes the next wakes to send: the highest priority first, and a minute of waiting makes up for one priority, so that nothing starves.
 * Those sent long ago and never answered are taken again. They are marked as sent here, in a transaction that ends before anything is sent.
 */
export async function takeWakes(
  db: Queryable,
  limit: number,
  lostAfterSeconds: number,
): Promise<Wake[]> {
  const { rows } = await db.query<Wake>({
    name: 'take-wakes',
    text: `with next as (
        select number from wakes
        where sent_at is null or sent_at < clock_timestamp() - make_interval(secs => $2)
        order by priority - extract(epoch from clock_timestamp() - since) / 60, since
        limit $1 for update skip locked)
      update wakes w set sent_at = clock_timestamp(), attempts = attempts + 1
      from next join records r using (number) where w.number = next.number
      returning w.number, r.process, w.priority`,
    values: [limit, lostAfterSeconds],
  });
  return rows;
}

/** Puts wakes back that could not be sent. */
export async function returnWakes(db: Queryable, numbers: readonly string[]): Promise<void> {
  await db.query('update wakes set sent_at = null where number = any($1::text[])', [numbers]);
}

/** Asks for a look at records, without a change of theirs. */
export async function addWakes(
  db: Queryable,
  records: readonly { number: string; seq: number; priority: number | null }[],
  since: Instant,
): Promise<void> {
  await db.query(
    `insert into wakes (number, seq, priority, since)
     select number, seq, coalesce(priority, 3), $2::timestamptz from jsonb_to_recordset($1::jsonb) as x(number text, seq integer, priority integer)
     on conflict (number) do nothing`,
    [JSON.stringify(records), toIso(since)],
  );
}

/** Asks for a look at every open record, with the lowest priority. */
export async function wakeOpenRecords(db: Queryable, since: Instant): Promise<void> {
  await db.query(
    `insert into wakes (number, seq, priority, since)
     select number, seq, 5, $1::timestamptz from records where not final
     on conflict (number) do nothing`,
    [toIso(since)],
  );
}

export interface Backlog {
  readonly waiting: number;
  readonly oldestSeconds: number;
}

/** Wakes that wait, and for how long the oldest does: what an operator looks at when timers and pages are late. */
export async function wakeBacklog(db: Queryable): Promise<Backlog> {
  const { rows } = await db.query<{ waiting: string; oldest: string | null }>(
    'select count(*) as waiting, extract(epoch from clock_timestamp() - min(since)) as oldest from wakes',
  );
  return {
    waiting: Number(rows[0]?.waiting),
    oldestSeconds: Math.max(0, Number(rows[0]?.oldest ?? 0)),
  };
}
