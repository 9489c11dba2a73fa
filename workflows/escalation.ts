import {
  condition,
  defineSignal,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { advanceSignal, stopSignal } from './messages.ts';

const { planEscalation, takeEscalationStep, exhaustEscalation } = proxyLocalActivities<
  Pick<Activities, 'planEscalation' | 'takeEscalationStep' | 'exhaustEscalation'>
>({
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/**
 * Pages one step after the other until somebody answers: who is meant → page → wait for the answer → next step, and again from the start.
 * A step that means nobody does not wait. Each step is an event of the record, so an escalation that is started again goes on after its last step.
 * @param key of the effect that it carries out
 */
export async function escalation(key: string): Promise<void> {
  let stopped = false;
  setHandler(defineSignal(stopSignal), () => {
    stopped = true;
  });

  let advanced = false;
  setHandler(defineSignal(advanceSignal), () => {
    advanced = true;
  });
  const isStopped = (): boolean => stopped;
  const wait = async (ms: number): Promise<void> => {
    await condition(() => stopped || advanced, ms);
    advanced = false;
  };

  const { waits, rounds, next, waitFirst } = await planEscalation(key, Date.now());
  if (waitFirst > 0) await wait(waitFirst);

  for (
    let { round, step } = next;
    round < rounds && !isStopped();
    step + 1 < waits.length ? step++ : (round++, (step = 0))
  ) {
    setCurrentDetails(`step ${step + 1} of ${waits.length}, round ${round + 1} of ${rounds}`);
    const outcome = await takeEscalationStep(key, round, step, Date.now());
    if (outcome === 'ended') return;
    if (outcome === 'paged') await wait(waits[step] ?? 0);
  }
  if (!isStopped()) await exhaustEscalation(key, Date.now());
}
