import type { NotificationPlan, SkippedMethod } from '../domain/notification/plan.ts';
import { entry } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { contactsOf } from './contactPlan.ts';
import type { Engine } from './engine.ts';

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
