import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** A schedule as it stands. */
export interface StoredSchedule {
  readonly id: string;
  readonly version: number;
  /** As `scheduleSchema` takes it. */
  readonly definition: unknown;
  readonly updatedAt: Instant;
  readonly updatedBy: string;
}

interface ScheduleRow {
  id: string;
  version: number;
  definition: unknown;
  updated_at: Date;
  updated_by: string;
}

const columns = 'id, version, definition, updated_at, updated_by';

function toSchedule({ updated_at, updated_by, ...row }: ScheduleRow): StoredSchedule {
  return { ...row, updatedAt: updated_at.getTime(), updatedBy: updated_by };
}

export async function findSchedule(db: Queryable, id: string): Promise<StoredSchedule | undefined> {
  const { rows } = await db.query<ScheduleRow>(`select ${columns} from schedules where id = $1`, [
    id,
  ]);
  return rows[0] && toSchedule(rows[0]);
}

/** Finds a schedule and keeps others from changing it, or what belongs to it, until the transaction ends. */
export async function lockSchedule(tx: Queryable, id: string): Promise<StoredSchedule | undefined> {
  const { rows } = await tx.query<ScheduleRow>(
    `select ${columns} from schedules where id = $1 for update`,
    [id],
  );
  return rows[0] && toSchedule(rows[0]);
}

/** The ids of all schedules after one, in order. */
export async function scheduleIds(
  db: Queryable,
  limit: number,
  after?: string,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from schedules where $2::text is null or id collate "C" > $2 order by id collate "C" limit $1',
    [limit, after ?? null],
  );
  return rows.map(({ id }) => id);
}

export async function countSchedules(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>('select count(*)::integer from schedules');
  return rows[0]?.count ?? 0;
}

/** Of these ids, those that no schedule has. */
export async function unknownSchedules(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>(
    'select id from unnest($1::text[]) as named (id) where not exists (select from schedules s where s.id = named.id)',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What a version adds to the one before it. */
export interface NewVersion {
  readonly id: string;
  readonly definition: unknown;
  /** Where its calendar comes from, for people; null: it has none. */
  readonly calendar: string | null;
}

/** The number after the last version of that name, also when the schedule was deleted in between: no two versions have one number. */
const nextVersion =
  '(select coalesce(max(version), 0) + 1 from schedule_versions where schedule = $1)';

/** Stores a schedule, new or changed, and its version. @returns the version's number */
export async function storeSchedule(
  tx: Queryable,
  { id, definition, calendar }: NewVersion,
  by: string,
  at: Instant,
): Promise<number> {
  const { rows } = await tx.query<{ version: number }>(
    `with stored as (
       insert into schedule_versions (schedule, version, definition, calendar, at, by)
       values ($1, ${nextVersion}, $2::jsonb, $3, $4, $5) returning *
     )
     insert into schedules (id, version, definition, updated_at, updated_by)
     select schedule, version, definition, at, by from stored
     on conflict (id) do update set version = excluded.version, definition = excluded.definition,
       updated_at = excluded.updated_at, updated_by = excluded.updated_by
     returning version`,
    [id, JSON.stringify(definition), calendar, toIso(at), by],
  );
  const [stored] = rows;
  if (stored === undefined) throw new Error(`the schedule ${id} could not be stored`);
  return stored.version;
}

/** Deletes a schedule with all that belongs to it; its versions stay. @returns the number of the version that says so */
export async function deleteSchedule(
  tx: Queryable,
  id: string,
  by: string,
  at: Instant,
): Promise<number> {
  await tx.query('delete from schedules where id = $1', [id]);
  const { rows } = await tx.query<{ version: number }>(
    `insert into schedule_versions (schedule, version, at, by) values ($1, ${nextVersion}, $2, $3) returning version`,
    [id, toIso(at), by],
  );
  return rows[0]?.version ?? 0;
}

/** What was changed at once. A null definition: the schedule was deleted. */
export interface ScheduleVersion {
  readonly version: number;
  readonly definition: unknown;
  readonly calendar: string | null;
  readonly at: Instant;
  readonly by: string;
}

/** The newest first, also of a schedule that was deleted. @param before only lower numbers */
export async function listVersions(
  db: Queryable,
  id: string,
  limit: number,
  before?: number,
): Promise<readonly ScheduleVersion[]> {
  const { rows } = await db.query<Omit<ScheduleVersion, 'at'> & { at: Date }>(
    `select version, definition, calendar, at, by from schedule_versions
     where schedule = $1 and ($3::integer is null or version < $3) order by version desc limit $2`,
    [id, limit, before ?? null],
  );
  return rows.map(({ at, ...row }) => ({ ...row, at: at.getTime() }));
}
