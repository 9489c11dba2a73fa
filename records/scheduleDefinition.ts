import type { ScheduleDefinition, ScheduleInput } from '../domain/onCall/schedule.ts';
import type { Policy } from '../domain/policy.ts';
import { toIso } from '../domain/time.ts';

/** A definition as people write it, with all that has a default: what is stored and shown. */
export function written({ temporary, ...definition }: ScheduleDefinition): ScheduleInput {
  return {
    ...definition,
    temporary: temporary.map(({ from, to, ...rest }) => ({
      ...rest,
      from: toIso(from),
      to: toIso(to),
    })),
  };
}

/** The keys of the policy's active people. */
export function activePeople({ body }: Policy): ReadonlySet<string> {
  return new Set(
    Object.entries(body.people)
      .filter(([, { active }]) => active)
      .map(([key]) => key),
  );
}
