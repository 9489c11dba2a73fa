import type { Instant } from '../time.ts';
import type { Override } from './override.ts';
import type { Schedule } from './stack.ts';
import type { Stretch } from './timeline.ts';
import { timeline } from './timeline.ts';

/** [from, to), in which nobody is on call. */
export interface Gap {
  readonly from: Instant;
  readonly to: Instant;
}

/** When nobody is on call in [from, to), in order; what touches is one. */
export function gaps(
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
): readonly Gap[] {
  const found: Gap[] = [];
  for (const { onCall, ...stretch } of timeline(schedule, overrides, from, to)) {
    if (onCall.length > 0) continue;
    const touching = found.at(-1)?.to === stretch.from ? found.pop() : undefined;
    found.push({ from: touching?.from ?? stretch.from, to: stretch.to });
  }
  return found;
}

/**
 * When more than one person is on call in [from, to), in order. Layers alone never overlap, for only the last one that has somebody
 * wins: an overlap is what an override adds.
 */
export function overlaps(
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
): readonly Stretch[] {
  return [...timeline(schedule, overrides, from, to)].filter(({ onCall }) => onCall.length > 1);
}
