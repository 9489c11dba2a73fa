import { loadContacts } from '../db/contacts.ts';
import type { LoadedContacts } from '../db/contacts.ts';
import type { Queryable } from '../db/pool.ts';
import { isChannelKind } from '../domain/channelKinds.ts';
import { policyMethods } from '../domain/notification/contactMethod.ts';
import type { WrittenMethod } from '../domain/notification/contactMethod.ts';
import { isReachable, planNotifications } from '../domain/notification/plan.ts';
import type { NotificationPlan } from '../domain/notification/plan.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { Urgency } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';

/** A person's stored methods; without those of a kind that this version has not. */
function ownMethods({ people }: LoadedContacts, person: string): WrittenMethod[] {
  const { methods = [] } = people.get(person) ?? {};
  return methods.flatMap(({ id, kind, verified, enabled }) =>
    isChannelKind(kind) ? [{ id, kind, verified, enabled }] : [],
  );
}

/** How people can be reached: what they added themselves, and what the policy says of them. */
export interface Contacts {
  /** The hash of the policy by which it is told. */
  readonly policy: string;
  /** Of whom it was asked. */
  readonly people: ReadonlySet<string>;
  /** Kinds of channels by which this installation cannot send. */
  readonly notSetUp: ReadonlySet<string>;
  /** Where a method of one of them that they added leads; undefined when they have none with this id. */
  readonly placeOf: (method: string) => MethodPlace | undefined;
  /** In what order, by which method and when: nobody who is unknown or inactive is reached at all. */
  readonly planFor: (person: string, urgency: Urgency, now: Instant) => NotificationPlan;
}

/** Where a contact method leads. */
export interface MethodPlace {
  readonly person: string;
  readonly address: string;
  /** Why it is off; null: it is not. */
  readonly disabledWhy: string | null;
}

const nobody: NotificationPlan = { notifications: [], skipped: [] };

/** Loads how these people can be reached now. @param policy the one in force */
export async function contactsOf(
  db: Queryable,
  policy: Policy,
  people: readonly string[],
): Promise<Contacts> {
  const loaded = await loadContacts(db, people);
  return {
    policy: policy.hash,
    people: new Set(people),
    notSetUp: new Set(loaded.notSetUp.keys()),
    placeOf(id) {
      for (const [person, { methods }] of loaded.people) {
        const found = methods.find((method) => method.id === id);
        if (found !== undefined) return { person, ...found };
      }
      return undefined;
    },
    planFor(person, urgency, now) {
      const known = entry(policy.body.people, person);
      if (known?.active !== true) return nobody;
      const written = [...ownMethods(loaded, person), ...policyMethods(known)];
      const all = written.map((one) => ({ ...one, setUp: !loaded.notSetUp.has(one.kind) }));
      return planNotifications(all, loaded.people.get(person)?.rules, urgency, now);
    },
  };
}

/** Those of them whom no message can reach. */
export function unreachableOf(contacts: Contacts, now: Instant): ReadonlySet<string> {
  const { people, planFor } = contacts;
  const isOut = (person: string): boolean => !isReachable(planFor(person, 'interrupting', now));
  return new Set([...people].filter(isOut));
}

/**
 * The people of the policy in force whom no message can reach.
 * @param people of whom it is asked; left out: of all
 */
export async function unreachablePeople(
  db: Queryable,
  policy: Policy,
  now: Instant,
  people: readonly string[] = Object.keys(policy.body.people),
): Promise<ReadonlySet<string>> {
  return unreachableOf(await contactsOf(db, policy, people), now);
}
