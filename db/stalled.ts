import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What a record's workflow could not do. */
export type Doing = 'resume' | 'tick';

/** So often in a row it must have failed before a record counts as stalled. */
export const STALLED_AFTER = 5;

export interface Stalled {
  readonly number: string;
  readonly process: string;
  readonly doing: Doing;
  readonly since: Instant;
  readonly lastAt: Instant;
  readonly attempts: number;
  /** What went wrong, without anything that people wrote. */
  readonly error: string;
}

/** Notes that a record could not be read or ticked once more. Nothing for a record that is not there. */
export async function noteFailure(
  db: Queryable,
  number: string,
  doing: Doing,
  error: string,
  at: Instant,
): Promise<void> {
  await db.query(
    `insert into stalled as s (number, doing, seq, since, last_at, attempts, error)
     select number, $2, seq, $3, $3, 1, $4 from records where number = $1
     on conflict (number) do update set doing = $2, seq = excluded.seq, last_at = $3, attempts = s.attempts + 1, error = $4`,
    [number, doing, toIso(at), error],
  );
}

/** It works again. */
export async function forgetFailure(db: Queryable, number: string): Promise<void> {
  await db.query('delete from stalled where number = $1', [number]);
}

const stalled = `from stalled s join records r using (number) where s.attempts >= ${STALLED_AFTER}`;

interface StalledRow {
  number: string;
  process: string;
  doing: Doing;
  since: Date;
  last_at: Date;
  attempts: number;
  error: string;
}

/** Stalled records, the longest first. @param after the last one of the page before */
export async function listStalled(
  db: Queryable,
  limit: number,
  after?: { readonly at: Instant; readonly id: string },
): Promise<Stalled[]> {
  const { rows } = await db.query<StalledRow>(
    `select s.number, r.process, s.doing, s.since, s.last_at, s.attempts, s.error ${stalled}
       and ($2::timestamptz is null or (s.since, s.number) > ($2, $3))
     order by s.since, s.number limit $1`,
    [limit, after === undefined ? null : toIso(after.at), after?.id ?? null],
  );
  return rows.map(toStalled);
}

export async function findStalled(db: Queryable, number: string): Promise<Stalled | undefined> {
  const { rows } = await db.query<StalledRow>(
    `select s.number, r.process, s.doing, s.since, s.last_at, s.attempts, s.error ${stalled} and s.number = $1`,
    [number],
  );
  return rows[0] && toStalled(rows[0]);
}

export async function countStalled(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: string }>(`select count(*) ${stalled}`);
  return Number(rows[0]?.count);
}

function toStalled({ last_at, since, ...row }: StalledRow): Stalled {
  return { ...row, since: since.getTime(), lastAt: last_at.getTime() };
}
