import { scheduleIds } from '../db/schedules.ts';
import type { NotificationPlan, SkippedMethod } from '../domain/notification/plan.ts';
import { shifts } from '../domain/onCall/shifts.ts';
import { entry } from '../domain/policy.ts';
import { DAY } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { contactsOf } from './contactPlan.ts';
import type { Engine } from './engine.ts';
import { MOST_SCHEDULES } from './scheduleChanges.ts';

/** Somebody of the policy in force, and whether a page can reach them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** Which they are a member or the lead of. */
  readonly teams: readonly string[];
  readonly active: boolean;
  /** Why no page reaches them, and what to do; null when one can. */
  readonly unreachable: string | null;
}

const skippedBecause: Readonly<Record<SkippedMethod['why'], string>> = {
  unverified: 'is not verified',
  disabled: 'is switched off',
  unknown: 'is not there any more',
};

function whyUnreachable({ notifications, skipped }: NotificationPlan): string | null {
  if (notifications.length > 0) return null;
  if (skipped.length === 0) return 'has no contact method: add one, and verify it';
  const reasons = skipped.map(({ method, why }) => `${method} ${skippedBecause[why]}`);
  return `has no contact method that can be used: ${reasons.join(', ')}`;
}

/** Everybody of the policy in force, by their names there. */
export async function listPeople(engine: Engine, now: Instant): Promise<Person[]> {
  const policy = await engine.policies.active(engine.pool);
  const { people, teams } = policy.body;
  const ids = Object.keys(people).sort();
  const contacts = await contactsOf(engine.pool, policy, ids);
  return ids.flatMap((id) => {
    const known = entry(people, id);
    if (known === undefined) return [];
    const { name, active } = known;
    const unreachable = active
      ? whyUnreachable(contacts.planFor(id, 'interrupting', now))
      : 'is not active';
    const theirs = Object.entries(teams).filter(
      ([, { members, lead }]) => members.includes(id) || lead === id,
    );
    return [{ id, name, active, unreachable, teams: theirs.map(([team]) => team).sort() }];
  });
}

/** How far ahead a shift is warned of. */
const AHEAD = 7 * DAY;

/** A shift that is coming or runs, of somebody whom no page reaches: it would be nobody's. */
export interface UnreachableShift {
  readonly schedule: string;
  readonly scheduleName: string;
  readonly person: string;
  readonly name: string;
  readonly why: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** The shifts of the coming week whose people no page reaches, the next first; each person once a schedule. */
export async function unreachableShifts(engine: Engine, now: Instant): Promise<UnreachableShift[]> {
  const { pool } = engine;
  const people = new Map((await listPeople(engine, now)).map((person) => [person.id, person]));
  const ids = await scheduleIds(pool, MOST_SCHEDULES);
  const standing = await engine.schedules.standing(pool, ids, now, now + AHEAD);
  const found = Object.entries(standing).flatMap(([id, { schedule, overrides }]) => {
    const warned = new Set<string>();
    return shifts(schedule, overrides, now, now + AHEAD).flatMap(({ person, from, to }) => {
      const known = people.get(person);
      const why = known === undefined ? 'is not in the policy' : known.unreachable;
      if (why === null || warned.has(person)) return [];
      warned.add(person);
      const name = known?.name ?? person;
      return [{ schedule: id, scheduleName: schedule.name, person, name, why, from, to }];
    });
  });
  return found.sort((a, b) => a.from - b.from);
}
