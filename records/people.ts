import { readNotSetUp } from '../db/channelSetup.ts';
import type { NotSetUp } from '../db/channelSetup.ts';
import { isReachable } from '../domain/notification/plan.ts';
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
  notSetUp: 'is by a channel that is not set up',
};

function whyUnreachable(plan: NotificationPlan, notSetUp: NotSetUp): string | null {
  if (isReachable(plan)) return null;
  const { notifications, skipped } = plan;
  if (skipped.length === 0) return 'has no contact method: add one, and verify it';
  const reasons = skipped.map(({ method, why }) => {
    const kind = notifications.find((one) => one.method === method)?.kind;
    const toSet = kind === undefined ? undefined : notSetUp.get(kind);
    return `${method} ${skippedBecause[why]}${toSet === undefined ? '' : ` (${toSet})`}`;
  });
  return `has no contact method that can be used: ${reasons.join(', ')}`;
}

/** Everybody of the policy in force, by their names there. */
export async function listPeople(engine: Engine, now: Instant): Promise<Person[]> {
  const policy = await engine.policies.active(engine.pool);
  const { people, teams } = policy.body;
  const ids = Object.keys(people).sort();
  const contacts = await contactsOf(engine.pool, policy, ids);
  const notSetUp = await readNotSetUp(engine.pool);
  return ids.flatMap((id) => {
    const known = entry(people, id);
    if (known === undefined) return [];
    const { name, active } = known;
    const unreachable = active
      ? whyUnreachable(contacts.planFor(id, 'interrupting', now), notSetUp)
      : 'is not active';
    const theirs = Object.entries(teams).filter(
      ([, { members, lead }]) => members.includes(id) || lead === id,
    );
    return [{ id, name, active, unreachable, teams: theirs.map(([team]) => team).sort() }];
  });
}
