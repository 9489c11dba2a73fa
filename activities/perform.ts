import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { claimEffect, findEffect, LEASE_SECONDS } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { isDriver, Superseded } from '../db/identity.ts';
import { unreachable } from '../domain/errors.ts';
import { urgencyOf } from '../domain/precedence.ts';
import type { Instant } from '../domain/time.ts';
import type { ActivityDeps } from './deps.ts';
import { advance, escalate } from './escalation.ts';
import { whileLeased } from './lease.ts';
import { notify } from './notification.ts';
import { release } from './release.ts';
import { inOrder } from './order.ts';
import { updatePages } from './update.ts';

/**
 * Does one effect: at least once, under the same key every time. An effect that is finished or cancelled is left alone; one that another worker
 * holds is tried again when that worker's lease, which it must keep renewing, has run out; one that was put off meanwhile when its time has come.
 * @throws Superseded when another Temporal namespace drives the records
 */
export async function performEffect(deps: ActivityDeps, key: string, now: Instant): Promise<void> {
  const { pool } = deps.engine;
  const effect = await claimEffect(pool, key, LEASE_SECONDS, deps.driver, now);
  if (effect === undefined) {
    if (!(await isDriver(pool, deps.driver))) throw new Superseded(deps.driver);
    const found = await findEffect(pool, key);
    if (found === undefined || ['done', 'cancelled', 'dead'].includes(found.state)) return;
    throw ApplicationFailure.create({
      message: `${key} is held by another worker, or is to wait`,
      type: 'Leased',
      nextRetryDelay: '2 seconds',
    });
  }
  const context = Context.current();
  const signOfLife = (): void => {
    context.heartbeat();
  };
  const inItsTurn = () =>
    inOrder(urgencyOf(effect), (letNextBegin) => carryOut(deps, effect, now, letNextBegin));
  await whileLeased(pool, effect, inItsTurn, signOfLife);
}

async function carryOut(
  deps: ActivityDeps,
  effect: StoredEffect,
  now: Instant,
  onReceiver: () => void,
): Promise<void> {
  switch (effect.kind) {
    case 'escalation':
      await escalate(deps, effect);
      break;
    case 'advance':
      await advance(deps, effect);
      break;
    case 'release':
      await release(deps, effect, now);
      break;
    case 'update':
      await updatePages(deps, effect, now);
      break;
    case 'notification':
      await notify(deps, effect, now, { onReceiver });
      break;
    default:
      unreachable(effect);
  }
}
