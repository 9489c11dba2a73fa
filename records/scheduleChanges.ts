import { createHash } from 'node:crypto';
import { inTransaction } from '../db/pool.ts';
import type { Queryable } from '../db/pool.ts';
import { calendarsOf, refreshSoon } from '../db/scheduleCalendars.ts';
import {
  countSchedules,
  deleteSchedule as removeSchedule,
  findSchedule,
  lockSchedule,
  storeSchedule,
} from '../db/schedules.ts';
import type { StoredSchedule } from '../db/schedules.ts';
import type { Actor } from '../domain/actor.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { schedulesNamed } from '../domain/escalation/check.ts';
import { refuseInput } from '../domain/input.ts';
import { parseSchedule } from '../domain/onCall/schedule.ts';
import type { ScheduleInput } from '../domain/onCall/schedule.ts';
import { name } from '../domain/policyParts.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import { calendarName } from './calendarName.ts';
import { canonical } from './canonical.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking, Made } from './once.ts';
import { activePeople, written } from './scheduleDefinition.ts';

/** Lists of all of them, such as who is on call everywhere, stay quick. */
export const MOST_SCHEDULES = 1_000;

export const noSchedule = { kind: 'notFound', what: 'this schedule' } as const;

/** A schedule's id is the name by which policies mean it. */
function parseId(id: unknown): Result<string> {
  const parsed = name.safeParse(id);
  if (parsed.success) return ok(parsed.data);
  return refuseInput([
    { pointer: '/id', detail: 'must be a short name of letters, digits and _.-, such as "desk"' },
  ]);
}

/** Stores a version; the audit log knows it. */
export async function storeVersion(
  tx: Queryable,
  { id, definition }: { readonly id: string; readonly definition: unknown },
  actor: Actor,
  now: Instant,
): Promise<void> {
  const calendar = (await calendarsOf(tx, [id])).get(id);
  const from = calendar === undefined ? null : calendarName(calendar);
  const version = await storeSchedule(tx, { id, definition, calendar: from }, actor.id, now);
  const hash = createHash('sha256').update(canonical(definition)).digest('hex');
  const data = { schedule: id, version, definition: hash };
  await recordChange(tx, { kind: 'scheduleStored', actor: actorName(actor), at: now, data });
}

async function parseDefinition(
  engine: Engine,
  tx: Queryable,
  data: unknown,
): Promise<Result<ScheduleInput>> {
  const parsed = parseSchedule(data, activePeople(await engine.policies.active(tx)));
  return parsed.ok ? ok(written(parsed.value)) : parsed;
}

/** Makes a schedule. @param data `scheduleSchema`'s, and the id */
export function createSchedule(
  engine: Engine,
  data: Readonly<Record<string, unknown>>,
  asking: Asking,
): Promise<Result<Made>> {
  const { id: wanted, ...rest } = data;
  return inTransaction(engine.pool, (tx) =>
    once(tx, asking, { create: 'schedule', data }, async () => {
      const id = parseId(wanted);
      if (!id.ok) return id;
      const definition = await parseDefinition(engine, tx, rest);
      if (!definition.ok) return definition;
      // Two who make the same schedule at once must not both succeed.
      await tx.query("select pg_advisory_xact_lock(hashtext('provisor.schedules'))");
      if ((await findSchedule(tx, id.value)) !== undefined) {
        return refuseInput([
          { pointer: '/id', detail: `"${id.value}" is there already; change it, or take another` },
        ]);
      }
      if ((await countSchedules(tx)) >= MOST_SCHEDULES) {
        const detail = `there are ${MOST_SCHEDULES} schedules already: delete one that is not used`;
        return refuse({ kind: 'refused', detail, allowed: [] });
      }
      const schedule = { id: id.value, definition: definition.value };
      await storeVersion(tx, schedule, asking.actor, asking.now);
      return id;
    }),
  );
}

/** Changes a schedule; the same definition again makes no version. @param ifMatch the version that the caller saw */
export function changeSchedule(
  engine: Engine,
  id: string,
  data: unknown,
  { actor, now, ifMatch }: Asking & { readonly ifMatch?: number | undefined },
): Promise<Result<StoredSchedule>> {
  return inTransaction(engine.pool, async (tx) => {
    const before = await lockSchedule(tx, id);
    if (before === undefined) return refuse(noSchedule);
    if (ifMatch !== undefined && ifMatch !== before.version) {
      return refuse({ kind: 'stale', expected: ifMatch, actual: before.version });
    }
    const definition = await parseDefinition(engine, tx, data);
    if (!definition.ok) return definition;
    if (canonical(definition.value) === canonical(before.definition)) return ok(before);
    await storeVersion(tx, { id, definition: definition.value }, actor, now);
    // Its zone may be another one, by which the calendar's times are read.
    await refreshSoon(tx, id, now);
    return ok((await findSchedule(tx, id)) ?? before);
  });
}

/** Deletes a schedule with all that belongs to it. Refuses while the policy in force names it. */
export function deleteSchedule(
  engine: Engine,
  id: string,
  { actor, now, ifMatch }: Asking & { readonly ifMatch?: number | undefined },
): Promise<Result<{ readonly id: string; readonly version: number }>> {
  return inTransaction(engine.pool, async (tx) => {
    const before = await lockSchedule(tx, id);
    if (before === undefined) return refuse(noSchedule);
    if (ifMatch !== undefined && ifMatch !== before.version) {
      return refuse({ kind: 'stale', expected: ifMatch, actual: before.version });
    }
    const { body } = await engine.policies.active(tx);
    const places = schedulesNamed(body.escalations).filter(({ schedule }) => schedule === id);
    if (places.length > 0) {
      const where = places.map(({ pointer }) => pointer).join(', ');
      const detail = `the policy in force names this schedule at ${where}: apply a policy without it first`;
      return refuse({ kind: 'refused', detail, allowed: [] });
    }
    const version = await removeSchedule(tx, id, actor.id, now);
    const data = { schedule: id, version };
    await recordChange(tx, { kind: 'scheduleDeleted', actor: actorName(actor), at: now, data });
    return ok({ id, version });
  });
}
