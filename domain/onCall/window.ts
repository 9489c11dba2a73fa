import type { z } from 'zod';
import type { Instant } from '../time.ts';
import { instant } from '../text.ts';
import { DAY } from '../time.ts';

/** [from, to) */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

/** Behind it no schedule goes. */
const LATEST: Instant = Date.UTC(2200, 0);

/** A moment that somebody plans for, as people write it. */
export function plannedInstant() {
  return instant().refine((at) => at < LATEST, 'must be before the year 2200');
}

/** For `superRefine`: a stretch of time that is not empty and not longer than so many days. */
export function lastsAtMost(days: number) {
  return ({ from, to }: Window, context: z.core.$RefinementCtx): void => {
    const complain = (message: string) => {
      context.addIssue({ code: 'custom', path: ['to'], message });
    };
    if (from >= to) complain('must be later than "from"');
    if (to - from > days * DAY) complain(`must be at most ${days} days after "from"`);
  };
}

/** Stretches, in order, of which those that touch are one. */
export function joined(stretches: Iterable<Window>): readonly Window[] {
  const found: Window[] = [];
  for (const { from, to } of stretches) {
    const touching = found.at(-1)?.to === from ? found.pop() : undefined;
    found.push({ from: touching?.from ?? from, to });
  }
  return found;
}
