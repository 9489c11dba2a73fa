import type { Queryable } from '../db/pool.ts';
import { overridesTouching } from '../db/scheduleOverrides.ts';
import { scheduleContents, scheduleStates } from '../db/scheduleStanding.ts';
import type { ScheduleContent, ScheduleState } from '../db/scheduleStanding.ts';
import type { StandingSchedule } from '../domain/escalation/resolve.ts';
import { scheduleSchema } from '../domain/onCall/schedule.ts';
import type { ScheduleDefinition } from '../domain/onCall/schedule.ts';
import { makeSchedule } from '../domain/onCall/stack.ts';
import type { Schedule } from '../domain/onCall/stack.ts';
import type { Instant } from '../domain/time.ts';

/** Schedules made ready to be asked, each once for each of its versions and each reading of its calendar. */
export interface Schedules {
  /**
   * The schedules of these ids as they stand, with the overrides that touch [from, to), in the order in which they were made; an id that no
   * schedule has is left out. Two short queries when they are known already.
   * @param from for one moment alone leave `to` out
   */
  standing(
    db: Queryable,
    ids: readonly string[],
    from: Instant,
    to?: Instant,
  ): Promise<Readonly<Record<string, StandingSchedule>>>;
}

/** @throws Error for a schedule that an incompatible version stored: a fault, not the caller's */
export function readDefinition(id: string, stored: unknown): ScheduleDefinition {
  const parsed = scheduleSchema.safeParse(stored);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `/${path.join('/')} ${message}`);
  throw new Error(`the stored schedule ${id} cannot be read by this version: ${faults.join('; ')}`);
}

interface Ready extends ScheduleState {
  readonly schedule: Schedule;
}

function makeReady({ definition, calendar, ...state }: ScheduleContent): Ready {
  return { ...state, schedule: makeSchedule(readDefinition(state.id, definition), calendar) };
}

export function createSchedules(): Schedules {
  const known = new Map<string, Ready>();

  const isKnown = ({ id, version, readAt }: ScheduleState): boolean => {
    const ready = known.get(id);
    return ready?.version === version && ready.readAt === readAt;
  };

  return {
    async standing(db, ids, from, to = from + 1) {
      if (ids.length === 0) return {};
      const states = await scheduleStates(db, ids);
      const changed = states.filter((state) => !isKnown(state)).map(({ id }) => id);
      if (changed.length > 0) {
        for (const content of await scheduleContents(db, changed)) {
          known.set(content.id, makeReady(content));
        }
      }
      const there = states.map(({ id }) => id);
      const overrides = await overridesTouching(db, there, from, to);
      return Object.fromEntries(
        there.flatMap((id) => {
          const ready = known.get(id);
          if (ready === undefined) return [];
          const { version, schedule } = ready;
          return [[id, { version, schedule, overrides: overrides.get(id) ?? [] }]];
        }),
      );
    },
  };
}
