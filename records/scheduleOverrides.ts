import { randomBytes } from 'node:crypto';
import { inTransaction } from '../db/pool.ts';
import { addOverride, endOverride, findOverride } from '../db/scheduleOverrides.ts';
import type { StoredOverride } from '../db/scheduleOverrides.ts';
import { lockSchedule } from '../db/schedules.ts';
import type { Result } from '../domain/errors.ts';
import { ok, refuse } from '../domain/errors.ts';
import { refuseInput } from '../domain/input.ts';
import { parseOverride } from '../domain/onCall/override.ts';
import type { OverrideDefinition } from '../domain/onCall/override.ts';
import { overrideForbidden, withdrawalForbidden } from '../domain/onCall/whoMay.ts';
import type { Instant } from '../domain/time.ts';
import { actorName, recordChange } from './auditLog.ts';
import type { Engine } from './engine.ts';
import { once } from './once.ts';
import type { Asking, Made } from './once.ts';
import { noSchedule } from './scheduleChanges.ts';
import { activePeople } from './scheduleDefinition.ts';

/** Later than every override. */
export const FOREVER: Instant = Date.UTC(9999, 11, 31);

export function newOverrideId(): string {
  return `ovr_${randomBytes(12).toString('hex')}`;
}

/** What was, stays: an override begins now at the earliest. */
function fromNowOn(override: OverrideDefinition, now: Instant): Result<OverrideDefinition> {
  if (override.to > now) return ok({ ...override, from: Math.max(override.from, now) });
  return refuseInput([
    { pointer: '/to', detail: 'is past; only what is still to come can be overridden' },
  ]);
}

/** Makes an override. @param data `overrideSchema`'s */
export function makeOverride(
  engine: Engine,
  schedule: string,
  data: unknown,
  asking: Asking,
): Promise<Result<Made>> {
  const { actor, now } = asking;
  return inTransaction(engine.pool, (tx) =>
    once(tx, asking, { make: 'override', schedule, data }, async () => {
      if ((await lockSchedule(tx, schedule)) === undefined) return refuse(noSchedule);
      const standing = await engine.schedules.standing(tx, [schedule], now, FOREVER);
      const people = activePeople(await engine.policies.active(tx));
      const parsed = parseOverride(data, people, standing[schedule]?.overrides ?? []);
      if (!parsed.ok) return parsed;
      const forbidden = overrideForbidden(parsed.value, actor);
      if (forbidden !== undefined) return refuse(forbidden);
      const definition = fromNowOn(parsed.value, now);
      if (!definition.ok) return definition;
      const id = newOverrideId();
      await addOverride(tx, { id, schedule, definition: definition.value }, actor.id, now);
      await recordChange(tx, {
        kind: 'overrideMade',
        actor: actorName(actor),
        at: now,
        data: { schedule, id, ...definition.value },
      });
      return ok(id);
    }),
  );
}

/** Withdraws an override: what it did until now stays. Again, it changes nothing. */
export function withdrawOverride(
  engine: Engine,
  schedule: string,
  id: string,
  { actor, now }: Asking,
): Promise<Result<StoredOverride>> {
  return inTransaction(engine.pool, async (tx) => {
    if ((await lockSchedule(tx, schedule)) === undefined) return refuse(noSchedule);
    const stored = await findOverride(tx, schedule, id);
    if (stored === undefined) return refuse({ kind: 'notFound', what: 'this override' });
    const forbidden = withdrawalForbidden(stored, actor);
    if (forbidden !== undefined) return refuse(forbidden);
    if (stored.withdrawnAt !== null) return ok(stored);
    if (stored.override.to <= now) {
      return refuse({ kind: 'refused', detail: 'the override is past', allowed: [] });
    }
    await endOverride(tx, id, actor.id, now);
    await recordChange(tx, {
      kind: 'overrideWithdrawn',
      actor: actorName(actor),
      at: now,
      data: { schedule, id },
    });
    return ok((await findOverride(tx, schedule, id)) ?? stored);
  });
}
