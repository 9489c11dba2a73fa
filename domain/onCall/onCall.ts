import { unreachable } from '../errors.ts';
import type { Instant } from '../time.ts';
import type { Holder } from './layer.ts';
import type { Override } from './override.ts';
import { heldAt } from './stack.ts';
import type { Schedule } from './stack.ts';

/** Why somebody is on call: a turn of a layer, an event of an imported calendar, or an override. Stored with each page. */
export type Source = Holder['source'] | { readonly kind: 'override'; readonly id: string };

/** Somebody who is on call, and why. */
export interface OnCall {
  readonly person: string;
  readonly source: Source;
}

function apply(onCall: readonly OnCall[], override: Override): readonly OnCall[] {
  const { kind, person, id } = override;
  const others = onCall.filter((entry) => entry.person !== person);
  const entry: OnCall = { person, source: { kind: 'override', id } };
  switch (kind) {
    case 'add':
      return others.length < onCall.length ? onCall : [...onCall, entry];
    case 'remove':
      return others;
    case 'replace': {
      const { insteadOf } = override;
      if (insteadOf === undefined) return [entry];
      const stay = onCall.filter((one) => one.person !== insteadOf);
      if (stay.length === onCall.length) return onCall;
      return stay.some((one) => one.person === person) ? stay : [...stay, entry];
    }
    default:
      return unreachable(kind);
  }
}

/**
 * Who is on call after overrides; each person once.
 * @param held whom the layers have
 * @param overrides those that stand at the moment, in the order in which they were made
 */
export function withOverrides(
  held: readonly OnCall[],
  overrides: readonly Override[],
): readonly OnCall[] {
  return overrides.reduce(apply, held);
}

/**
 * Who is on call at an instant: nobody, one, or more when an override or a calendar adds somebody; each person once.
 * @param overrides the schedule's, in the order in which they were made; those of other times do no harm
 */
export function onCallAt(
  schedule: Schedule,
  overrides: readonly Override[],
  at: Instant,
): readonly OnCall[] {
  const standing = overrides.filter(({ from, to }) => from <= at && at < to);
  return withOverrides(heldAt(schedule, at), standing);
}
