import { Context } from '@temporalio/activity';
import {
  ApplicationFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { findEffect, finishEffect, markStarted, releaseEffect } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { isDriver, requireDriver, Superseded } from '../db/identity.ts';
import { inTransaction } from '../db/pool.ts';
import { seqOf } from '../domain/ids.ts';
import { advanceSignal, stopSignal, taskQueue } from '../workflows/messages.ts';
import type { ActivityDeps } from './deps.ts';

/** Starts an escalation's workflow, whose id is the effect's key, or tells one that is no longer wanted to stop. Both may be repeated. */
export async function escalate(
  deps: ActivityDeps,
  effect: Extract<StoredEffect, { kind: 'escalation' }>,
): Promise<void> {
  const { engine, workflows, driver } = deps;
  if (effect.state === 'cancelling') {
    await stop(deps, effect.key);
    return;
  }
  try {
    await workflows.start('escalation', {
      workflowId: effect.key,
      taskQueue,
      args: [effect.key],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: `Escalation of ${effect.number}`,
      // As urgent as what starts it: its steps go before what may wait.
      priority: Context.current().info.priority ?? {},
    });
  } catch (error) {
    // It ran to its end already: a repeat of this call is late, and nothing is left to do.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  if (await markStarted(engine.pool, effect.key, driver)) return;
  if (!(await isDriver(engine.pool, driver))) throw new Superseded(driver);
  await stop(deps, effect.key);
}

/** Tells a running escalation to take its next step at once, unless it has done so since that was asked for. One that has ended needs no word: what ended it wants no page, or a new one has begun. */
export async function advance(
  { engine, workflows, driver }: ActivityDeps,
  effect: Extract<StoredEffect, { kind: 'advance' }>,
): Promise<void> {
  const { pool } = engine;
  // After a recovery its workflow may not run yet: a signal to nobody would be lost.
  if ((await findEffect(pool, effect.escalation))?.state === 'pending') {
    await releaseEffect(pool, effect.key, null);
    const message = `${effect.key} waits: ${effect.escalation} has not started yet`;
    throw ApplicationFailure.create({ message, type: 'NotStarted', nextRetryDelay: '1 second' });
  }
  await signalIfRunning(workflows, effect.escalation, advanceSignal, seqOf(effect.key));
  await inTransaction(pool, async (tx) => {
    await requireDriver(tx, driver);
    await finishEffect(tx, effect.key, 'done', engine.clock());
  });
}

async function signalIfRunning(
  workflows: ActivityDeps['workflows'],
  id: string,
  signal: string,
  ...args: readonly number[]
): Promise<void> {
  try {
    await workflows.getHandle(id).signal(signal, ...args);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function stop({ engine, workflows }: ActivityDeps, key: string): Promise<void> {
  await signalIfRunning(workflows, key, stopSignal);
  await finishEffect(engine.pool, key, 'cancelled', engine.clock());
}
