import type { CalendarShift } from '../domain/onCall/calendarLayer.ts';
import type { Instant } from '../domain/time.ts';
import type { Queryable } from './pool.ts';

/** What tells whether a schedule that somebody keeps in memory is the one that stands. */
export interface ScheduleState {
  readonly id: string;
  readonly version: number;
  /** When the imported calendar was read last; null: there is none. */
  readonly readAt: Instant | null;
}

/** The state of each of these schedules that is there. */
export async function scheduleStates(
  db: Queryable,
  ids: readonly string[],
): Promise<readonly ScheduleState[]> {
  const { rows } = await db.query<{ id: string; version: number; read_at: Date | null }>({
    name: 'schedule-states',
    text: `select s.id, s.version, c.read_at from schedules s left join schedule_calendars c on c.schedule = s.id
      where s.id = any($1::text[])`,
    values: [ids],
  });
  return rows.map(({ read_at, ...row }) => ({ ...row, readAt: read_at?.getTime() ?? null }));
}

/** What a schedule is made of. */
export interface ScheduleContent extends ScheduleState {
  /** As `scheduleSchema` takes it. */
  readonly definition: unknown;
  readonly calendar: readonly CalendarShift[];
}

export async function scheduleContents(
  db: Queryable,
  ids: readonly string[],
): Promise<readonly ScheduleContent[]> {
  const { rows } = await db.query<{
    id: string;
    version: number;
    definition: unknown;
    read_at: Date | null;
    shifts: CalendarShift[] | null;
  }>(
    `select s.id, s.version, s.definition, c.read_at, c.shifts from schedules s left join schedule_calendars c on c.schedule = s.id
     where s.id = any($1::text[])`,
    [ids],
  );
  return rows.map(({ read_at, shifts, ...row }) => ({
    ...row,
    readAt: read_at?.getTime() ?? null,
    calendar: shifts ?? [],
  }));
}
