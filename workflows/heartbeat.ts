import {
  condition,
  continueAsNew,
  defineSignal,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { wakeSignal } from './messages.ts';

const { lookAtHeartbeat } = proxyLocalActivities<Pick<Activities, 'lookAtHeartbeat'>>({
  startToCloseTimeout: '5 seconds',
  // For as long as it takes: a database that is away must not end the watch over anything.
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** A run lasts a week at most, so that old versions of this loop can be deleted one day. */
const LONGEST_RUN = 7 * 24 * 60 * 60 * 1_000;

/**
 * Watches over one heartbeat: waits until its next ping is missing unless it came, looks, and waits on. No ping ever reaches it: what counts is when
 * the last one came, by the database. A signal says that the heartbeat is another now.
 */
export async function heartbeat(id: string): Promise<void> {
  const startedAt = Date.now();
  let woken = false;
  setHandler(defineSignal(wakeSignal), () => {
    woken = true;
  });
  const isWoken = (): boolean => woken;
  for (;;) {
    woken = false;
    const next = await lookAtHeartbeat(id, Date.now());
    if (isWoken()) continue;
    if (next === null) return;
    setCurrentDetails(`looks next ${new Date(next).toISOString()}`);
    const age = Date.now() - startedAt;
    if (workflowInfo().continueAsNewSuggested || age >= LONGEST_RUN) await continueAsNew(id);
    await condition(isWoken, Math.max(1, Math.min(next - Date.now(), LONGEST_RUN - age)));
  }
}
