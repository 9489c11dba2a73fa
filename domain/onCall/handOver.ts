import type { Instant } from '../time.ts';
import type { OnCall } from './onCall.ts';
import type { Override } from './override.ts';
import type { Schedule } from './stack.ts';
import { timeline } from './timeline.ts';

/** A moment at which other people are on call than before it. */
export interface HandOver {
  readonly at: Instant;
  /** Who was on call and is no longer. */
  readonly leaving: readonly OnCall[];
  /** Who comes on call: to be warned before it, when no page could reach them. */
  readonly coming: readonly OnCall[];
}

const without = (some: readonly OnCall[], others: readonly OnCall[]) =>
  some.filter(({ person }) => others.every((other) => other.person !== person));

/**
 * The first hand-over in (after, until); undefined when there is none. A new turn of the same person is no hand-over.
 * @param overrides the schedule's, in the order in which they were made
 */
export function nextHandOver(
  schedule: Schedule,
  overrides: readonly Override[],
  after: Instant,
  until: Instant,
): HandOver | undefined {
  let before: readonly OnCall[] | undefined;
  for (const { from, onCall } of timeline(schedule, overrides, after, until)) {
    const leaving = without(before ?? onCall, onCall);
    const coming = without(onCall, before ?? onCall);
    if (leaving.length + coming.length > 0) return { at: from, leaving, coming };
    before = onCall;
  }
  return undefined;
}
