import { createHash } from 'node:crypto';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import {
  keepRefreshed as keep,
  noteRefreshFailure as noteFailure,
  putCalendar,
  removeCalendar as remove,
  takeDueCalendar,
} from '../db/scheduleCalendars.ts';
import type { CalendarFile, CalendarReading, DueCalendar } from '../db/scheduleCalendars.ts';
import { findSchedule, lockSchedule } from '../db/schedules.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import type { ImportOptions } from '../domain/iCalendar/importShifts.ts';
import type { CalendarShift } from '../domain/onCall/calendarLayer.ts';
import { DAY, HOUR, MINUTE } from '../domain/time.ts';
import type { Instant, Milliseconds } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import { calendarName } from './calendarName.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking, Made } from './once.ts';
import { noSchedule, storeVersion } from './scheduleChanges.ts';
import { readDefinition } from './schedules.ts';

/** How far back and ahead of now a calendar is read. */
const READ_BACK = 31 * DAY;
const READ_AHEAD = 400 * DAY;

/** How often an address is asked again. A file is read again too, so that what repeats in it goes on. */
const ASK_EVERY = HOUR;
const READ_EVERY = DAY;

/** Longer than a refresh takes: a worker that died in it holds the next one up no longer. */
const LEASE = 2 * MINUTE;
const FIRST_RETRY = MINUTE;

async function importOptions(
  engine: Engine,
  db: Queryable,
  timeZone: string,
): Promise<ImportOptions> {
  const { body } = await engine.policies.active(db);
  const now = engine.clock();
  const people = Object.entries(body.people)
    .filter(([, { active }]) => active)
    .map(([id, { name, email }]) => ({ id, name, email }));
  return { people, window: { from: now - READ_BACK, to: now + READ_AHEAD }, timeZone };
}

/** With what a calendar of a schedule is to be read. */
export async function importOptionsOf(
  engine: Engine,
  schedule: string,
): Promise<Result<ImportOptions>> {
  const stored = await findSchedule(engine.pool, schedule);
  if (stored === undefined) return refuse(noSchedule);
  const { timeZone } = readDefinition(schedule, stored.definition);
  return ok(await importOptions(engine, engine.pool, timeZone));
}

/** A calendar that was read without a fault. */
export interface ReadCalendar extends CalendarFile {
  /** Null: a file was sent. */
  readonly url: string | null;
  readonly shifts: readonly CalendarShift[];
}

function readingOf(
  shifts: readonly CalendarShift[],
  url: string | null,
  now: Instant,
): CalendarReading {
  return { shifts, readAt: now, refreshAt: now + (url === null ? READ_EVERY : ASK_EVERY) };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Puts a calendar in the place of the one that a schedule may have; that is a new version of it. */
export function storeCalendar(
  engine: Engine,
  schedule: string,
  calendar: ReadCalendar,
  asking: Asking,
): Promise<Result<Made>> {
  const { actor, now } = asking;
  const { url, file, shifts } = calendar;
  const from = url === null ? { file: sha256(file) } : { url };
  return inTransaction(engine.pool, (tx) =>
    once(tx, asking, { import: schedule, ...from }, async () => {
      const stored = await lockSchedule(tx, schedule);
      if (stored === undefined) return refuse(noSchedule);
      await putCalendar(tx, schedule, url, calendar, readingOf(shifts, url, now), actor.id);
      await storeVersion(tx, stored, actor, now);
      const data = { schedule, from: calendarName(calendar), file: sha256(file) };
      await recordChange(tx, { kind: 'calendarImported', actor: actorName(actor), at: now, data });
      return ok(schedule);
    }),
  );
}

/** Takes the calendar off a schedule: its layers alone tell who is on call. */
export function removeCalendar(
  engine: Engine,
  schedule: string,
  { actor, now }: Asking,
): Promise<Result<{ readonly id: string }>> {
  return inTransaction(engine.pool, async (tx) => {
    const stored = await lockSchedule(tx, schedule);
    if (stored === undefined) return refuse(noSchedule);
    if (!(await remove(tx, schedule))) {
      return refuse({ kind: 'notFound', what: 'a calendar of this schedule' });
    }
    await storeVersion(tx, stored, actor, now);
    const data = { schedule };
    await recordChange(tx, { kind: 'calendarRemoved', actor: actorName(actor), at: now, data });
    return ok({ id: schedule });
  });
}

/** A calendar that is to be fetched or read anew, and with what it is read. */
export interface Refresh {
  readonly calendar: DueCalendar;
  readonly options: ImportOptions;
}

/** Takes the calendar that has been due for the longest: nobody else gets it for two minutes. */
export async function takeRefresh(engine: Engine): Promise<Refresh | undefined> {
  const now = engine.clock();
  const calendar = await takeDueCalendar(engine.pool, now, now + LEASE);
  if (calendar === undefined) return undefined;
  return { calendar, options: await importOptions(engine, engine.pool, calendar.timeZone) };
}

/** Keeps what a refresh has read. */
export async function keepRefreshed(
  engine: Engine,
  { calendar }: Refresh,
  file: CalendarFile,
  shifts: readonly CalendarShift[],
): Promise<void> {
  await keep(engine.pool, calendar, file, readingOf(shifts, calendar.url, engine.clock()));
}

/** Notes why a refresh failed; what was read last stays, and it is tried again: after a minute, then each time twice as late, up to its usual time. */
export async function noteRefreshFailure(
  engine: Engine,
  { calendar }: Refresh,
  error: string,
  retryAfter: Milliseconds = 0,
): Promise<void> {
  const now = engine.clock();
  const usual = calendar.url === null ? READ_EVERY : ASK_EVERY;
  const backOff = Math.min(usual, FIRST_RETRY * 2 ** Math.min(calendar.failures, 20));
  const next = now + Math.min(DAY, Math.max(backOff, retryAfter));
  await noteFailure(engine.pool, calendar, error, now, next);
}
