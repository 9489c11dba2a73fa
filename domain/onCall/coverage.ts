import type { Instant, Milliseconds } from '../time.ts';
import type { Override } from './override.ts';
import type { Schedule } from './stack.ts';
import { timeline } from './timeline.ts';
import { joined } from './window.ts';
import type { Window } from './window.ts';

/** [from, to), in which a page to a schedule reaches nobody, or not this person. */
export interface CoverageGap extends Window {
  /** Who is on call and cannot be reached; null: nobody is on call. */
  readonly person: string | null;
}

/**
 * Where a schedule is not covered in [from, to), by its beginning. What touches is one, so that turns of one person in a row are one gap.
 * @param overrides the schedule's, in the order in which they were made
 * @param isReachable whether a page can reach a person
 */
export function coverageGaps(
  schedule: Schedule,
  overrides: readonly Override[],
  isReachable: (person: string) => boolean,
  from: Instant,
  to: Instant,
): readonly CoverageGap[] {
  const uncovered = new Map<string | null, Window[]>();
  for (const { onCall, ...stretch } of timeline(schedule, overrides, from, to)) {
    const unreachable = onCall.map(({ person }) => person).filter((one) => !isReachable(one));
    for (const person of onCall.length === 0 ? [null] : new Set(unreachable)) {
      const before = uncovered.get(person) ?? [];
      before.push(stretch);
      uncovered.set(person, before);
    }
  }
  return [...uncovered]
    .flatMap(([person, theirs]) => joined(theirs).map((stretch) => ({ ...stretch, person })))
    .sort((a, b) => a.from - b.from);
}

/** A coverage gap of one of several schedules. */
export interface ScheduleGap extends CoverageGap {
  readonly schedule: string;
}

/** A coverage gap that somebody is warned of. */
export interface GapWarning extends ScheduleGap {
  /** Which of the policy's warnings it is: so long before the gap begins. */
  readonly lead: Milliseconds;
}

/** The warning that is due of a gap: of those whose time has come the last one, also when it has begun already. Undefined: none yet. */
function dueLead(
  { from }: Window,
  leads: readonly Milliseconds[],
  now: Instant,
): Milliseconds | undefined {
  const come = leads.filter((lead) => from - lead <= now);
  return come.length === 0 ? undefined : Math.min(...come);
}

/** Whether two gaps, found at different times, are the same one: perhaps moved, or cut. */
export function isSameGap(one: ScheduleGap, other: ScheduleGap): boolean {
  return (
    one.schedule === other.schedule &&
    one.person === other.person &&
    one.from < other.to &&
    other.from < one.to
  );
}

/** What to do about warnings now. */
export interface WarningPlan<Gap extends ScheduleGap, Standing extends GapWarning> {
  /** To be told now. */
  readonly due: readonly (Gap & GapWarning)[];
  /** What they were told of is mended or over: nobody is told of it any more. */
  readonly ended: readonly Standing[];
}

/**
 * Which gaps are warned of now, each once for each of the policy's times before it: a gap that was moved or became shorter is the same one while it
 * overlaps with what was told, and one that came back after it had been mended is a new one.
 * @param gaps from now to `until`
 * @param standing the warnings that were told and have not ended
 * @param leads how long before a gap begins, in any order
 */
export function planWarnings<Gap extends ScheduleGap, Standing extends GapWarning>(
  gaps: readonly Gap[],
  standing: readonly Standing[],
  leads: readonly Milliseconds[],
  now: Instant,
  until: Instant,
): WarningPlan<Gap, Standing> {
  const due = gaps.flatMap((gap): (Gap & GapWarning)[] => {
    const lead = dueLead(gap, leads, now);
    if (lead === undefined) return [];
    const isTold = standing.some((told) => told.lead <= lead && isSameGap(told, gap));
    return isTold ? [] : [{ ...gap, lead }];
  });
  const ended = standing.filter(
    (told) => told.from < until && !gaps.some((gap) => isSameGap(told, gap)),
  );
  return { due, ended };
}
