import { LAST_INTERRUPTING } from '../domain/precedence.ts';
import { driving } from './identity.ts';
import type { Queryable } from './pool.ts';

export interface Wake {
  readonly number: string;
  readonly process: string;
  readonly priority: number;
}

/**
 * How many records were woken and have not looked yet, not counting those whose wake must have been lost.
 * @returns undefined when another Temporal namespace than the caller's drives the records
 */
export async function wakesUnderWay(
  db: Queryable,
  lostAfterSeconds: number,
  driver: string,
): Promise<number | undefined> {
  const { rows } = await db.query<{ count: string; drives: boolean }>({
    name: 'wakes-under-way',
    text: `select count(*), exists (select 1 from temporal_identity where namespace_id = $2) as drives
      from wakes where sent_at > clock_timestamp() - make_interval(secs => $1)`,
    values: [lostAfterSeconds, driver],
  });
  return rows[0]?.drives === true ? Number(rows[0].count) : undefined;
}

/** Below the background's, see `BACKGROUND`. */
const LOWEST_PRIORITY = 1_000;

/** A wake that is never answered is sent again after this many times the usual wait at most. */
const LONGEST_WAIT = 10;

/**
 * Takes the next wakes to send: the highest priority first, and a minute of waiting makes up for one priority, so that nothing starves.
 * No age makes up for what is worth waking somebody: after an outage, and in the middle of a policy's wave, pages still go first, of a priority 1
 * before all.
 * Those sent and never answered are taken again after a while that grows with each time, so that records which cannot answer leave room for the
 * others. They are marked as sent here, in a transaction that ends before anything is sent.
 * @param driver the Temporal namespace that they are to be sent to: none are taken when it does not drive the records
 * @param upTo the least urgent priority that is taken
 */
export async function takeWakes(
  db: Queryable,
  limit: number,
  lostAfterSeconds: number,
  driver: string,
  upTo = LOWEST_PRIORITY,
): Promise<Wake[]> {
  const { rows } = await db.query<Wake>({
    name: 'take-wakes',
    text: `with ${driving('$3')}, next as (
        select number from wakes
        where exists (select 1 from driving) and priority <= $4
          and (sent_at is null or sent_at < clock_timestamp() - make_interval(secs => $2 * least(power(2, least(attempts, 9) - 1), ${LONGEST_WAIT})))
        order by greatest(priority - extract(epoch from clock_timestamp() - since) / 60, least(priority, ${LAST_INTERRUPTING})), priority > ${LAST_INTERRUPTING}, since
        limit $1 for update skip locked)
      update wakes w set sent_at = clock_timestamp(), attempts = attempts + 1
      from next join records r using (number) where w.number = next.number
      returning w.number, r.process, w.priority`,
    values: [limit, lostAfterSeconds, driver, upTo],
  });
  return rows;
}

/** Puts wakes back that could not be sent. */
export async function returnWakes(db: Queryable, numbers: readonly string[]): Promise<void> {
  await db.query(
    'update wakes set sent_at = null, attempts = greatest(attempts - 1, 0) where number = any($1::text[])',
    [numbers],
  );
}

/** Asks for a look at records, without a change of theirs. A wake that waits already becomes as urgent as the more urgent of both. */
export async function addWakes(
  db: Queryable,
  records: readonly { number: string; seq: number; priority: number | null }[],
): Promise<void> {
  await db.query(
    `insert into wakes (number, seq, priority, since)
     select number, seq, coalesce(priority, 3), clock_timestamp() from jsonb_to_recordset($1::jsonb) as x(number text, seq integer, priority integer)
     order by number
     on conflict (number) do update set priority = excluded.priority where excluded.priority < wakes.priority`,
    [JSON.stringify(records)],
  );
}

/** Asks for a look at one record, whatever may be under way for it: what was written before this is seen by it. */
export async function wakeRecord(
  db: Queryable,
  {
    number,
    seq,
    priority,
  }: { readonly number: string; readonly seq: number; readonly priority: number },
): Promise<void> {
  await db.query({
    name: 'wake-record',
    text: `insert into wakes (number, seq, priority, since) values ($1, $2, $3, clock_timestamp())
     on conflict (number) do update set seq = greatest(wakes.seq, excluded.seq), priority = least(wakes.priority, excluded.priority), sent_at = null`,
    values: [number, seq, priority],
  });
}

/** The priority of what may wait behind everything else, such as computing all records anew: half an hour makes up for it. */
export const BACKGROUND = 30;

/** Records that a workflow must run for: not final, with a moment still due, or with something left to do. The highest priority first. */
export async function recordsToDrive(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ number: string }>(
    `select number from records where not final or due_at is not null
       or number in (select number from effects where state in ('pending', 'started', 'cancelling'))
     order by priority nulls last, number`,
  );
  return rows.map(({ number }) => number);
}

/** Asks for a look at records, as if no wake had ever been sent. Their rows are locked first, as every commit does. */
export async function wakeAnew(tx: Queryable, numbers: readonly string[]): Promise<void> {
  await tx.query(
    'select number from records where number = any($1::text[]) order by number for update',
    [numbers],
  );
  await tx.query(
    `insert into wakes (number, seq, priority, since)
     select number, seq, coalesce(priority, 3), clock_timestamp() from records where number = any($1::text[])
     on conflict (number) do update set seq = excluded.seq, sent_at = null, attempts = 0,
       priority = least(wakes.priority, excluded.priority)`,
    [numbers],
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
