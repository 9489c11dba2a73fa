import {
  clockStatus,
  pauseClock,
  resumeClock,
  retargetClock,
  sameTarget,
  startClock,
  stopClock,
  withoutTarget,
} from './clock.ts';
import type { Clock } from './clock.ts';
import type { Policy } from './policy.ts';
import type { AnyFields, ClockDefinition, Process, Reason, RecordState } from './process.ts';
import type { Instant } from './time.ts';

export interface Settled {
  readonly record: RecordState;
  readonly reasons: readonly Reason[];
}

/**
 * What follows from a record's state and fields: its derived fields, then its clocks. `policyChanged` computes every deadline anew.
 * @param was the record before: a deadline that has moved since has a reason
 */
export function settle(
  process: Process,
  was: RecordState,
  draft: RecordState,
  policy: Policy,
  at: Instant,
  policyChanged: boolean,
): Settled {
  const derived = deriveFields(process, draft, policy);
  const clocks = settleClocks(process, was, derived.record, policy, at, policyChanged);
  return { record: clocks.record, reasons: [...derived.reasons, ...clocks.reasons] };
}

function deriveFields(process: Process, draft: RecordState, policy: Policy): Settled {
  let record = draft;
  const reasons: Reason[] = [];
  for (const [name, derive] of Object.entries(process.derive)) {
    if (derive === undefined) continue;
    const reason = derive({ record, policy });
    if (record.fields[name] === reason.result) continue;
    const fields: AnyFields = { ...record.fields, [name]: reason.result };
    record = { ...record, fields };
    reasons.push({ of: name, ...reason });
  }
  return { record, reasons };
}

function settleClocks(
  process: Process,
  was: RecordState,
  record: RecordState,
  policy: Policy,
  at: Instant,
  policyChanged: boolean,
): Settled {
  const clocks: Record<string, Clock> = { ...record.clocks };
  const reasons: Reason[] = [];
  for (const [name, definition] of Object.entries(process.clocks)) {
    const before = clocks[name];
    // A service level counts from the opening, also when its first target comes later.
    const from = definition.runsIn.includes(process.initial) ? record.openedAt : at;
    const after = settleClock(definition, record, before, policy, { at, from, policyChanged });
    if (after === undefined) continue;
    clocks[name] = after;
    const earlier = was.clocks[name];
    if (earlier?.dueAt !== after.dueAt || earlier.target.rule !== after.target.rule) {
      reasons.push({
        of: name,
        rule: after.target.rule,
        facts: { ...after.target, status: clockStatus(after) },
        result: after.dueAt,
      });
    }
  }
  return { record: { ...record, clocks }, reasons };
}

function settleClock(
  definition: ClockDefinition<AnyFields, string, string>,
  record: RecordState,
  before: Clock | undefined,
  policy: Policy,
  { at, from, policyChanged }: { at: Instant; from: Instant; policyChanged: boolean },
): Clock | undefined {
  const { restarts = false, warnAt = [] } = definition;
  const inState = definition.runsIn.includes(record.state);
  const runs = inState && definition.pausedWhile?.({ record, policy }) !== true;
  const target = definition.target({ record, policy });
  const ended = definition.until?.(record) === true;

  if (before === undefined) {
    if (target === undefined || !inState || ended) return undefined;
    const started = startClock(target, warnAt, policy.calendar(target.calendar), from);
    return runs ? started : pauseClock(started, policy.calendar(target.calendar), at);
  }
  if (ended) return stopClock(before, at);

  const running = clockStatus(before) === 'running';
  if (restarts && runs && !running) {
    return target && startClock(target, warnAt, policy.calendar(target.calendar), at);
  }
  if (target === undefined) return withoutTarget(before, runs, at);
  const calendar = policy.calendar(target.calendar);
  // A clock that runs without a deadline had no target until now.
  const untimed = running && before.dueAt === null;
  const clock =
    policyChanged || untimed || !sameTarget(before.target, target)
      ? retargetClock(before, target, calendar)
      : before;
  if (runs && !running) return resumeClock(clock, calendar, at);
  return runs ? clock : pauseClock(clock, calendar, at);
}
