import type { Instant } from '../time.ts';
import { withOverrides } from './onCall.ts';
import type { OnCall } from './onCall.ts';
import type { Override } from './override.ts';
import { heldIn } from './stack.ts';
import type { Schedule } from './stack.ts';
import type { Window } from './window.ts';

/** [from, to), in which the same people are on call for the same reasons. */
export interface Stretch extends Window {
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

interface Piece extends Window {
  /** In the order in which they were made. */
  readonly overrides: Override[];
}

/** [from, to) cut where an override begins or ends, each piece with the overrides that stand in it. */
function standingIn(overrides: readonly Override[], from: Instant, to: Instant): readonly Piece[] {
  const touching = overrides.filter((override) => override.from < to && from < override.to);
  const changes = touching.flatMap((override) => [override.from, override.to]);
  const inside = changes.filter((at) => from < at && at < to).sort((a, b) => a - b);
  const starts = [...new Set([from, ...inside])];
  const places = new Map(starts.map((start, place) => [start, place]));
  const pieces = starts.map((start, place): Piece => {
    return { from: start, to: starts[place + 1] ?? to, overrides: [] };
  });
  for (const override of touching) {
    const [first, end] = [places.get(override.from), places.get(override.to)];
    for (const piece of pieces.slice(first ?? 0, end)) piece.overrides.push(override);
  }
  return pieces;
}

/**
 * [from, to) without a hole, in order: at each instant of a stretch `onCallAt` answers its `onCall`. The cost grows with the turns and overrides in the
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
    for (let place = first; place < pieces.length; place++) {
      const piece = pieces[place];
      if (piece === undefined || piece.from >= turn.to) break;
      yield {
        from: Math.max(turn.from, piece.from),
        to: Math.min(turn.to, piece.to),
        onCall: withOverrides(holders, piece.overrides),
      };
    }
  }
}
