import type { Instant } from '../time.ts';
import { withOverrides } from './onCall.ts';
import type { OnCall } from './onCall.ts';
import type { Override } from './override.ts';
import { heldIn } from './stack.ts';
import type { Schedule } from './stack.ts';

/** [from, to), in which the same people are on call for the same reasons. */
export interface Stretch {
  readonly from: Instant;
  readonly to: Instant;
  readonly onCall: readonly OnCall[];
}

/** Whom the layers have, with the times at which they have nobody. */
function* heldOrNot(schedule: Schedule, from: Instant, to: Instant) {
  let free = from;
  for (const shift of heldIn(schedule, from, to)) {
    if (free < shift.from) yield { from: free, to: shift.from, holders: [] };
    yield shift;
    free = shift.to;
  }
  if (free < to) yield { from: free, to, holders: [] };
}

/** [from, to) cut where an override begins or ends, each piece with the overrides that stand in it. */
function standingIn(overrides: readonly Override[], from: Instant, to: Instant) {
  const changes = overrides.flatMap((override) => [override.from, override.to]);
  const inside = changes.filter((at) => from < at && at < to).sort((a, b) => a - b);
  const starts = [...new Set([from, ...inside])];
  return starts.map((start, index) => ({
    from: start,
    to: starts[index + 1] ?? to,
    overrides: overrides.filter((override) => override.from <= start && start < override.to),
  }));
}

/**
 * [from, to) without a hole, in order: at each instant of a stretch `onCallAt` answers its `onCall`. The cost grows with the turns in the
 * window, wherever it lies. Neighbours may be alike where an override begins or ends that changes nothing.
 * @param overrides the schedule's, in the order in which they were made
 */
export function* timeline(
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
): Generator<Stretch> {
  const pieces = standingIn(overrides, from, to);
  let first = 0;
  for (const { holders, ...turn } of heldOrNot(schedule, from, to)) {
    while ((pieces[first]?.to ?? Infinity) <= turn.from) first++;
    for (const piece of pieces.slice(first)) {
      if (piece.from >= turn.to) break;
      yield {
        from: Math.max(turn.from, piece.from),
        to: Math.min(turn.to, piece.to),
        onCall: withOverrides(holders, piece.overrides),
      };
    }
  }
}
