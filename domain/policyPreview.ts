import { clockStatus } from './clock.ts';
import type { Clock } from './clock.ts';
import { decideDue } from './decide.ts';
import { consequences } from './effects.ts';
import type { RecordNumber } from './ids.ts';
import type { Policy } from './policy.ts';
import type { Process, RecordState } from './process.ts';
import type { Instant } from './time.ts';

/** Something of a record that a policy moves: null where there is none, as a deadline while its clock is paused or has no target. */
export interface Move<T> {
  readonly of: string;
  readonly from: T;
  readonly to: T;
}

export interface DeadlineMove extends Move<Instant | null> {
  /** The place in the new policy that sets the target; the old one's where the new has none. */
  readonly rule: string;
}

/** What another policy would change on one record, the moment that it is applied. */
export interface RecordImpact {
  readonly number: RecordNumber;
  readonly process: string;
  readonly state: { readonly from: string; readonly to: string } | null;
  /** Fields that follow from others, such as the priority. */
  readonly fields: readonly Move<unknown>[];
  readonly deadlines: readonly DeadlineMove[];
  /** Clocks whose target would be missed at once. */
  readonly breaches: readonly string[];
  /** `during` reactions, such as the escalation, that would begin or end. */
  readonly starts: readonly string[];
  readonly ends: readonly string[];
  /** How many messages would be sent at once. */
  readonly notifications: number;
}

function deadline(clock: Clock | undefined): Instant | null {
  return clock === undefined || clockStatus(clock) === 'stopped' ? null : clock.dueAt;
}

function deadlinesMoved(before: RecordState, after: RecordState): DeadlineMove[] {
  return Object.entries(after.clocks).flatMap(([of, clock]) => {
    const from = deadline(before.clocks[of]);
    const to = deadline(clock);
    return from === to ? [] : [{ of, from, to, rule: clock.target.rule }];
  });
}

function fieldsMoved(process: Process, before: RecordState, after: RecordState): Move<unknown>[] {
  return Object.keys(process.derive).flatMap((of) => {
    const from = before.fields[of];
    const to = after.fields[of];
    return from === to ? [] : [{ of, from, to }];
  });
}

function breachesAtOnce(process: Process, before: RecordState, after: RecordState): string[] {
  return Object.entries(after.clocks)
    .filter(([name, { breachedAt }]) => {
      const known = before.clocks[name]?.breachedAt ?? null;
      // A clock that ends in a command is no goal that could be missed.
      return breachedAt !== null && known === null && process.clocks[name]?.then === undefined;
    })
    .map(([name]) => name);
}

function isNothing(impact: RecordImpact): boolean {
  const { state, fields, deadlines, breaches, starts, ends, notifications } = impact;
  const lists = [fields, deadlines, breaches, starts, ends];
  return state === null && notifications === 0 && lists.every((list) => list.length === 0);
}

/**
 * What applying `next` at `now` would change on an open record: the very decision of the running system, made twice and saved never. What is due
 * already under the policy in force happens first, so that only what the new policy itself changes is told. Undefined: nothing but the policy's name.
 * @throws Error when the record cannot be decided under one of the policies
 */
export function previewRecord(
  process: Process,
  record: RecordState,
  current: Policy,
  next: Policy,
  now: Instant,
): RecordImpact | undefined {
  const at = Math.max(now, record.lastAt);
  const caughtUp = decideDue(process, record, current, current, at).at(-1)?.after ?? record;
  const before = { ...caughtUp, policy: current.hash };
  const steps = decideDue(process, before, next, current, at);
  const after = steps.at(-1)?.after ?? before;
  const { effects, ended } = consequences(process, steps, next, current);
  const begun = effects.flatMap(({ effect, during }) =>
    effect.kind === 'escalation' ? [during ?? effect.escalation] : [],
  );
  const impact: RecordImpact = {
    number: record.number,
    process: record.process,
    state: before.state === after.state ? null : { from: before.state, to: after.state },
    fields: fieldsMoved(process, before, after),
    deadlines: deadlinesMoved(before, after),
    breaches: breachesAtOnce(process, before, after),
    starts: begun,
    ends: ended.filter((name) => !begun.includes(name)),
    notifications: effects.filter(({ effect }) => effect.kind === 'notification').length,
  };
  return isNothing(impact) ? undefined : impact;
}
