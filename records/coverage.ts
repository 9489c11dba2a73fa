import { setImmediate as othersFirst } from 'node:timers/promises';
import { schedulesNamed } from '../domain/escalation/check.ts';
import { coverageGaps } from '../domain/onCall/coverage.ts';
import type { ScheduleGap } from '../domain/onCall/coverage.ts';
import type { Policy } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import type { Engine } from './engine.ts';
import { listPeople } from './people.ts';

/** A coverage gap as people read of it. */
export interface KnownGap extends ScheduleGap {
  readonly scheduleName: string;
  /** The name of whoever is on call; null: nobody is. */
  readonly name: string | null;
  /** Why no page reaches them, and what to do. */
  readonly why: string;
}

/** The schedules by which escalations of a policy page. */
export function schedulesInUse({ body }: Policy): readonly string[] {
  return [...new Set(schedulesNamed(body.escalations).map(({ schedule }) => schedule))];
}

/**
 * What schedules do not cover in [from, to), the next first; without the gaps of those that the policy means to have some.
 * @param policy the one in force
 * @param ids of the schedules; unknown ones have no gaps
 */
export async function findCoverageGaps(
  engine: Engine,
  policy: Policy,
  ids: readonly string[],
  from: Instant,
  to: Instant,
): Promise<readonly KnownGap[]> {
  const people = new Map((await listPeople(engine, from)).map((person) => [person.id, person]));
  const standing = await engine.schedules.standing(engine.pool, ids, from, to);
  const whyNot = (id: string) => {
    const known = people.get(id);
    return known === undefined ? 'is not in the policy' : known.unreachable;
  };
  const { mayHaveGaps } = policy.body.onCall;
  const found: KnownGap[] = [];
  for (const [id, { schedule, overrides }] of Object.entries(standing)) {
    const gaps = coverageGaps(schedule, overrides, (person) => whyNot(person) === null, from, to);
    for (const gap of gaps) {
      const of = { ...gap, schedule: id, scheduleName: schedule.name };
      if (gap.person !== null) {
        const name = people.get(gap.person)?.name ?? gap.person;
        found.push({ ...of, name, why: whyNot(gap.person) ?? '' });
      } else if (!mayHaveGaps.includes(id)) {
        found.push({ ...of, name: null, why: 'nobody is on call' });
      }
    }
    // A schedule takes milliseconds, and there may be a thousand: pages must not wait for all of them.
    await othersFirst();
  }
  return found.sort((a, b) => a.from - b.from);
}
