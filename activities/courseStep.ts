import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant, Milliseconds } from '../domain/time.ts';
import { takeStep } from '../records/escalation.ts';
import type { EscalationPosition, EscalationStep } from '../workflows/messages.ts';
import { sendAtOnce } from './atOnce.ts';
import type { NotificationDeps } from './notification.ts';
import { inOrder } from './order.ts';

/**
 * Takes a step of an escalation when it is due, and sends its pages.
 * @param now when it is due: nothing is decided before, for somebody may still answer
 * @param early how far off that is by Temporal's clock. Of it and this machine's the one that is ahead decides: late is worse than two seconds early
 * @returns what comes next, counted from `now`; undefined when it is no longer wanted
 */
export async function takeCourseStep(
  deps: NotificationDeps,
  key: string,
  position: EscalationPosition,
  now: Instant,
  early: Milliseconds,
): Promise<EscalationStep | undefined> {
  const { engine, driver } = deps;
  const wait = Math.min(early, now - engine.clock());
  if (wait > 0) await sleep(wait);
  return inOrder('interrupting', async (letNextBegin) => {
    const taken = await takeStep(engine, key, position, now, driver);
    if (taken === undefined) return undefined;
    const { event, ...next } = taken;
    if (event !== undefined) await sendAtOnce(deps, event, now, letNextBegin);
    return next;
  });
}
