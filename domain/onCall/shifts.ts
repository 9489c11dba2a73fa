import type { Instant } from '../time.ts';
import type { OnCall, Source } from './onCall.ts';
import type { Override } from './override.ts';
import type { Schedule } from './stack.ts';
import { timeline } from './timeline.ts';

/** [from, to), in which a person is on call without a break and for one reason: a turn, or what other layers, restrictions and overrides leave of it. */
export interface Shift extends OnCall {
  readonly from: Instant;
  readonly to: Instant;
}

/** Text that is the same for the same reason. */
function keyOf(source: Source): string {
  if (source.kind === 'override') return JSON.stringify([source.id]);
  if (source.kind === 'calendar') return JSON.stringify(['calendar', source.uid]);
  return JSON.stringify([source.temporary, source.index, source.turn]);
}

/**
 * Everybody's shifts in [from, to), cut at both ends, by their beginning. They say of each instant what `onCallAt` says of it.
 * @param overrides the schedule's, in the order in which they were made
 */
export function shifts(
  schedule: Schedule,
  overrides: readonly Override[],
  from: Instant,
  to: Instant,
): readonly Shift[] {
  const done: Shift[] = [];
  let running = new Map<string, Shift>();
  for (const stretch of timeline(schedule, overrides, from, to)) {
    const next = new Map<string, Shift>();
    for (const { person, source } of stretch.onCall) {
      const key = `${person} ${keyOf(source)}`;
      const since = running.get(key)?.from ?? stretch.from;
      next.set(key, { person, source, from: since, to: stretch.to });
    }
    for (const [key, shift] of running) if (!next.has(key)) done.push(shift);
    running = next;
  }
  return [...done, ...running.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}
