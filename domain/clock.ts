import type { Calendar } from './calendar.ts';
import type { Instant, Milliseconds } from './time.ts';

/** A stretch in which the clock ran; `to` is null while it runs. */
export interface Segment {
  readonly from: Instant;
  readonly to: Instant | null;
}

/** How long, counted on which calendar, and which rule of the policy said so (a path such as `serviceLevels.standard.respond.1`). */
export interface Target {
  readonly within: Milliseconds;
  readonly calendar: string;
  readonly rule: string;
}

/** A share of the target (0.5 is half) at which the clock warns: when that will be (null while it is paused before it), and when it was noted. */
export interface Warning {
  readonly share: number;
  readonly dueAt: Instant | null;
  readonly notedAt: Instant | null;
}

/**
 * A service level's clock. It keeps the segments in which it ran, never a total: under another target or calendar everything is computed
 * again from them, and no time that was consumed or paused is lost. Instants are absolute and computed once, when something changes.
 */
export interface Clock {
  readonly target: Target;
  readonly segments: readonly Segment[];
  readonly warnings: readonly Warning[];
  /** When the target is used up: null while the clock is paused before it. */
  readonly dueAt: Instant | null;
  /** The due moment that was missed: a breach stays for ever. */
  readonly breachedAt: Instant | null;
  readonly stoppedAt: Instant | null;
}

export type ClockStatus = 'running' | 'paused' | 'stopped';

export function clockStatus(clock: Clock): ClockStatus {
  if (clock.stoppedAt !== null) return 'stopped';
  return clock.segments.at(-1)?.to === null ? 'running' : 'paused';
}

/** Open time used up until `at`. */
export function consumed(clock: Clock, calendar: Calendar, at: Instant): Milliseconds {
  let total = 0;
  for (const { from, to } of clock.segments) total += calendar.between(from, to ?? at);
  return total;
}

/** When `amount` of open time will have been, or was, used up; null when the clock is paused before that. */
function reachedAt(
  segments: readonly Segment[],
  calendar: Calendar,
  amount: Milliseconds,
): Instant | null {
  let used = 0;
  for (const { from, to } of segments) {
    if (to === null) return calendar.add(from, amount - used);
    const length = calendar.between(from, to);
    if (used + length >= amount) return calendar.add(from, amount - used);
    used += length;
  }
  return null;
}

function compute(clock: Clock, calendar: Calendar): Clock {
  return {
    ...clock,
    dueAt: reachedAt(clock.segments, calendar, clock.target.within),
    warnings: clock.warnings.map((warning) => ({
      ...warning,
      dueAt: reachedAt(clock.segments, calendar, Math.round(clock.target.within * warning.share)),
    })),
  };
}

/** @param warnAt shares of the target, in rising order, each above 0 and below 1 */
export function startClock(
  target: Target,
  warnAt: readonly number[],
  calendar: Calendar,
  at: Instant,
): Clock {
  const warnings = warnAt.map((share) => ({ share, dueAt: null, notedAt: null }));
  const segments = [{ from: at, to: null }];
  return compute(
    { target, segments, warnings, dueAt: null, breachedAt: null, stoppedAt: null },
    calendar,
  );
}

function closeSegment(segments: readonly Segment[], at: Instant): Segment[] {
  return segments.map((segment) => (segment.to === null ? { ...segment, to: at } : segment));
}

export function pauseClock(clock: Clock, calendar: Calendar, at: Instant): Clock {
  if (clockStatus(clock) !== 'running') return clock;
  return compute({ ...clock, segments: closeSegment(clock.segments, at) }, calendar);
}

export function resumeClock(clock: Clock, calendar: Calendar, at: Instant): Clock {
  if (clockStatus(clock) !== 'paused') return clock;
  return compute({ ...clock, segments: [...clock.segments, { from: at, to: null }] }, calendar);
}

/** The goal is met (or missed for good): the clock counts no more. Its deadline stays as it was, for reports. */
export function stopClock(clock: Clock, at: Instant): Clock {
  if (clock.stoppedAt !== null) return clock;
  return { ...clock, segments: closeSegment(clock.segments, at), stoppedAt: at };
}

export function sameTarget(a: Target, b: Target): boolean {
  return a.within === b.within && a.calendar === b.calendar && a.rule === b.rule;
}

/** The same segments under another target or an edited calendar. What was noted before stays noted; a clock that nothing moves is the clock itself. */
export function retargetClock(clock: Clock, target: Target, calendar: Calendar): Clock {
  if (clock.stoppedAt !== null) return clock;
  const moved = compute({ ...clock, target }, calendar);
  const same =
    sameTarget(clock.target, target) &&
    clock.dueAt === moved.dueAt &&
    clock.warnings.every(({ dueAt }, index) => dueAt === moved.warnings[index]?.dueAt);
  return same ? clock : moved;
}

/** No target for the time being: time counts on while it `runs`, and nothing is due. `retargetClock` makes it due again. */
export function withoutTarget(clock: Clock, runs: boolean, at: Instant): Clock {
  if (clock.stoppedAt !== null) return clock;
  const running = clockStatus(clock) === 'running';
  const isDue = clock.dueAt !== null || clock.warnings.some(({ dueAt }) => dueAt !== null);
  if (running === runs && !isDue) return clock;
  const segments = runs ? clock.segments : closeSegment(clock.segments, at);
  return {
    ...clock,
    segments: runs && !running ? [...segments, { from: at, to: null }] : segments,
    dueAt: null,
    warnings: clock.warnings.map((warning) => ({ ...warning, dueAt: null })),
  };
}

/**
 * Takes the time from `from` to `to` out of what was counted, as if the clock had been paused; what was noted stays noted. A clock that has
 * stopped gets the deadline that it would have had, for reports.
 */
export function excludeFromClock(
  clock: Clock,
  calendar: Calendar,
  from: Instant,
  to: Instant,
): Clock {
  const { stoppedAt } = clock;
  const counted = clock.segments.map((segment) =>
    stoppedAt !== null && segment.to === stoppedAt ? { ...segment, to: null } : segment,
  );
  const segments = counted.flatMap((segment) => {
    const end = segment.to ?? Infinity;
    if (to <= segment.from || from >= end) return [segment];
    const before = from > segment.from ? [{ from: segment.from, to: from }] : [];
    const after = to < end ? [{ from: to, to: segment.to }] : [];
    return [...before, ...after];
  });
  const excluded = compute({ ...clock, segments }, calendar);
  return stoppedAt === null
    ? excluded
    : { ...excluded, segments: closeSegment(segments, stoppedAt) };
}

/** Whether the target was used up by `at`, as the segments stand: what a correction can change, while `breachedAt` never is. */
export function isLate(clock: Clock, at: Instant): boolean {
  return clock.dueAt !== null && clock.dueAt < (clock.stoppedAt ?? at);
}

export interface Moment {
  readonly at: Instant;
  /** A warning's share, or 1 for the deadline itself. */
  readonly share: number;
}

/** The next thing that this clock will say: a warning not noted yet or the deadline; undefined when it has nothing to say any more or does not run. */
export function nextMoment(clock: Clock): Moment | undefined {
  if (clock.stoppedAt !== null) return undefined;
  const warning = clock.warnings.find(({ notedAt }) => notedAt === null);
  if (warning !== undefined && clock.breachedAt === null) {
    return warning.dueAt === null ? undefined : { at: warning.dueAt, share: warning.share };
  }
  if (clock.breachedAt !== null || clock.dueAt === null) return undefined;
  return { at: clock.dueAt, share: 1 };
}

/** Notes that the moment passed, so that it is not said again. */
export function noteMoment(clock: Clock, moment: Moment): Clock {
  if (moment.share === 1) return { ...clock, breachedAt: moment.at };
  return {
    ...clock,
    warnings: clock.warnings.map((warning) =>
      warning.share === moment.share ? { ...warning, notedAt: moment.at } : warning,
    ),
  };
}
