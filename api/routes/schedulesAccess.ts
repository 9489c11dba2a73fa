import type { Request, Response } from 'express';
import type { Role } from '../../domain/actor.ts';
import type { StandingSchedule } from '../../domain/escalation/resolve.ts';
import { refuse } from '../../domain/errors.ts';
import { entry } from '../../domain/policy.ts';
import type { Instant } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import type { Asking } from '../../records/once.ts';
import { noSchedule } from '../../records/scheduleChanges.ts';
import { requireRole } from '../auth.ts';
import { idempotencyKey } from '../headers.ts';
import { valueOf } from '../result.ts';

/** Everybody of the desk. */
export const desk: readonly Role[] = ['agent', 'resolver', 'manager'];
export const managers: readonly Role[] = ['manager'];

/** Who asks, when, and under which key. @throws RequestProblem (403) when the caller has none of the roles */
export function askingOf(
  engine: Engine,
  req: Request,
  res: Response,
  what: string,
  roles: readonly Role[],
): Asking {
  const actor = requireRole(res, what, roles);
  return { actor, now: engine.clock(), idempotencyKey: idempotencyKey(req) };
}

/** A schedule as it stands, with the overrides of [from, to). @throws RequestProblem (404) */
export async function standingOf(
  engine: Engine,
  id: string,
  from: Instant,
  to: Instant,
): Promise<StandingSchedule> {
  const standing = await engine.schedules.standing(engine.pool, [id], from, to);
  return entry(standing, id) ?? valueOf(refuse(noSchedule));
}
