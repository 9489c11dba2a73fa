import type { CalendarShift } from '../domain/onCall/calendarLayer.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What is known of the calendar that was imported into a schedule, without the calendar itself. */
export interface StoredCalendar {
  readonly schedule: string;
  /** Null: a file was sent. */
  readonly url: string | null;
  readonly importedAt: Instant;
  readonly importedBy: string;
  readonly readAt: Instant;
  readonly refreshAt: Instant;
  /** How often in a row it could not be fetched or read. */
  readonly failures: number;
  /** Since when, and why the last time. */
  readonly failingSince: Instant | null;
  readonly lastError: string | null;
}

interface CalendarRow {
  schedule: string;
  url: string | null;
  imported_at: Date;
  imported_by: string;
  read_at: Date;
  refresh_at: Date;
  failures: number;
  failing_since: Date | null;
  last_error: string | null;
}

const columns =
  'schedule, url, imported_at, imported_by, read_at, refresh_at, failures, failing_since, last_error';

function toCalendar(row: CalendarRow): StoredCalendar {
  return {
    schedule: row.schedule,
    url: row.url,
    importedAt: row.imported_at.getTime(),
    importedBy: row.imported_by,
    readAt: row.read_at.getTime(),
    refreshAt: row.refresh_at.getTime(),
    failures: row.failures,
    failingSince: row.failing_since?.getTime() ?? null,
    lastError: row.last_error,
  };
}

/** The calendars of these schedules. */
export async function calendarsOf(
  db: Queryable,
  schedules: readonly string[],
): Promise<ReadonlyMap<string, StoredCalendar>> {
  const { rows } = await db.query<CalendarRow>(
    `select ${columns} from schedule_calendars where schedule = any($1::text[])`,
    [schedules],
  );
  return new Map(rows.map((row) => [row.schedule, toCalendar(row)]));
}

/** A calendar's bytes, and by what its server recognises them (RFC 9110 §8.8). */
export interface CalendarFile {
  readonly file: Uint8Array;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** What was read of a calendar, and when it is read anew. */
export interface CalendarReading {
  readonly shifts: readonly CalendarShift[];
  readonly readAt: Instant;
  readonly refreshAt: Instant;
}

/** Puts a calendar in the place of the one that a schedule may have. */
export async function putCalendar(
  tx: Queryable,
  schedule: string,
  url: string | null,
  { file, etag, lastModified }: CalendarFile,
  { shifts, readAt, refreshAt }: CalendarReading,
  by: string,
): Promise<void> {
  await tx.query('delete from schedule_calendars where schedule = $1', [schedule]);
  await tx.query(
    `insert into schedule_calendars (schedule, url, file, etag, last_modified, shifts, imported_at, imported_by, read_at, refresh_at)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $7, $9)`,
    [
      ...[schedule, url, file, etag ?? null, lastModified ?? null, JSON.stringify(shifts)],
      ...[toIso(readAt), by, toIso(refreshAt)],
    ],
  );
}

/** @returns whether there was one */
export async function removeCalendar(tx: Queryable, schedule: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from schedule_calendars where schedule = $1', [
    schedule,
  ]);
  return rowCount === 1;
}

/** Has the calendar of a schedule, if there is one, read anew as soon as a worker gets to it. */
export async function refreshSoon(tx: Queryable, schedule: string, now: Instant): Promise<void> {
  await tx.query(
    'update schedule_calendars set refresh_at = least(refresh_at, $2) where schedule = $1',
    [schedule, toIso(now)],
  );
}

/** A calendar that is to be fetched or read anew. */
export interface DueCalendar extends StoredCalendar, CalendarFile {
  /** IANA name: of times in the file that name no zone. */
  readonly timeZone: string;
}

/** Takes the calendar that has been due for the longest, for as long as a lease: then somebody else may take it. */
export async function takeDueCalendar(
  db: Queryable,
  now: Instant,
  leaseUntil: Instant,
): Promise<DueCalendar | undefined> {
  interface Row extends CalendarRow {
    file: Buffer;
    etag: string | null;
    last_modified: string | null;
    time_zone: string;
  }
  const { rows } = await db.query<Row>(
    `with due as (
       select schedule as id from schedule_calendars where refresh_at <= $1 order by refresh_at limit 1 for update skip locked
     )
     update schedule_calendars c set refresh_at = $2 from due join schedules s on s.id = due.id where c.schedule = due.id
     returning ${columns}, file, etag, last_modified, s.definition ->> 'timeZone' as time_zone`,
    [toIso(now), toIso(leaseUntil)],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    ...toCalendar(row),
    file: row.file,
    etag: row.etag ?? undefined,
    lastModified: row.last_modified ?? undefined,
    timeZone: row.time_zone,
  };
}

/** Which import a refresh belongs to: another one may have taken its place meanwhile. */
export type ImportKey = Pick<StoredCalendar, 'schedule' | 'importedAt'>;

/** Keeps what a refresh has read; it works again. Nothing happens when another calendar was imported meanwhile. */
export async function keepRefreshed(
  db: Queryable,
  { schedule, importedAt }: ImportKey,
  { file, etag, lastModified }: CalendarFile,
  { shifts, readAt, refreshAt }: CalendarReading,
): Promise<void> {
  await db.query(
    `update schedule_calendars set file = $3, etag = $4, last_modified = $5, shifts = $6::jsonb, read_at = $7, refresh_at = $8,
       failures = 0, failing_since = null, last_error = null
     where schedule = $1 and imported_at = $2`,
    [
      ...[schedule, toIso(importedAt), file, etag ?? null, lastModified ?? null],
      ...[JSON.stringify(shifts), toIso(readAt), toIso(refreshAt)],
    ],
  );
}

/** Notes that a refresh failed; what was read last stays. */
export async function noteRefreshFailure(
  db: Queryable,
  { schedule, importedAt }: ImportKey,
  error: string,
  now: Instant,
  refreshAt: Instant,
): Promise<void> {
  await db.query(
    `update schedule_calendars set failures = failures + 1, failing_since = coalesce(failing_since, $4), last_error = $3, refresh_at = $5
     where schedule = $1 and imported_at = $2`,
    [schedule, toIso(importedAt), error, toIso(now), toIso(refreshAt)],
  );
}
