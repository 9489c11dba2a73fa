import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { finishEffect, markStarted } from '../db/effects.ts';
import type { StoredEffect } from '../db/effects.ts';
import { stopSignal, taskQueue } from '../workflows/messages.ts';
import type { ActivityDeps } from './deps.ts';

/** Starts an escalation's workflow, whose id is the effect's key, or tells one that is no longer wanted to stop. Both may be repeated. */
export async function escalate(deps: ActivityDeps, effect: StoredEffect): Promise<void> {
  const { engine, workflows } = deps;
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
    });
  } catch (error) {
    // It ran to its end already: a repeat of this call is late, and nothing is left to do.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  if (!(await markStarted(engine.pool, effect.key))) await stop(deps, effect.key);
}

async function stop({ engine, workflows }: ActivityDeps, key: string): Promise<void> {
  try {
    await workflows.getHandle(key).signal(stopSignal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  await finishEffect(engine.pool, key, 'cancelled', engine.clock());
}
