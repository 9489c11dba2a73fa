import type { Instant } from '../domain/time.ts';
import { takeStep } from '../records/escalation.ts';
import type { EscalationPosition, EscalationStep } from '../workflows/messages.ts';
import { sendAtOnce } from './atOnce.ts';
import type { NotificationDeps } from './notification.ts';
import { inOrder } from './order.ts';

/** Takes a step of an escalation and sends its pages. @returns what comes next, counted from the end of this; undefined when it is no longer wanted */
export function takeCourseStep(
  deps: NotificationDeps,
  key: string,
  position: EscalationPosition,
  now: Instant,
): Promise<EscalationStep | undefined> {
  return inOrder('interrupting', async (letNextBegin) => {
    const taken = await takeStep(deps.engine, key, position, now, deps.driver);
    if (taken === undefined) return undefined;
    const { event, ...next } = taken;
    const takenAt = performance.now();
    if (event !== undefined) await sendAtOnce(deps, event, now, letNextBegin);
    const sinceTaken = Math.round(performance.now() - takenAt);
    return { ...next, wait: Math.max(0, next.wait - sinceTaken) };
  });
}
