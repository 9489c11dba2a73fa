import type { Instant } from '../time.ts';
import type { Override } from './override.ts';
import type { Schedule } from './stack.ts';
import type { Stretch } from './timeline.ts';
import { timeline } from './timeline.ts';
import { joined } from './window.ts';
import type { Window } from './window.ts';

/** When nobody is on call in [from, to), in order; what touches is one. */
export function gaps(
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
): readonly Window[] {
  const stretches = [...timeline(schedule, overrides, from, to)];
  return joined(stretches.filter(({ onCall }) => onCall.length === 0));
}

/**
 * When more than one person is on call in [from, to), in order. Rotations alone never overlap, for only the last layer that has
 * somebody wins: an overlap is what an override adds, or what an imported calendar says.
 */
export function overlaps(
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
): readonly Stretch[] {
  return [...timeline(schedule, overrides, from, to)].filter(({ onCall }) => onCall.length > 1);
}
